"""Questions and answers: documents, costs, page sizes."""

from cartcarrier.channels.shopify.client import documents
from cartcarrier.channels.shopify.client.api import ShopifyClient
from cartcarrier.channels.shopify.client.documents import DOCUMENTS, Document

__all__ = ["DOCUMENTS", "Document", "ShopifyClient", "documents"]
