"""FedEx's words in other languages: texts follow ``x-locale``, and without it the account's language (field guide §1)."""

from typing import Final

DEFAULT_LOCALE: Final = "en_US"
_SPANISH: Final = {
    "Shipment information sent to FedEx": "Informacion de envio transmitida a FedEx",
    "Picked up": "Recogido",
    "Left FedEx origin facility": "Salio de la instalacion de origen",
    "Arrived at FedEx hub": "Llego al centro de distribucion",
    "Departed FedEx hub": "Salio del centro de distribucion",
    "At local FedEx facility": "En la instalacion local",
    "On FedEx vehicle for delivery": "En el vehiculo para entrega",
    "Delivered": "Entregado",
    "Delivery exception": "Excepcion en la entrega",
    "Shipment cancelled by sender": "Envio cancelado por el remitente",
    "Ready for recipient pickup": "Listo para ser recogido",
}
_FRENCH: Final = {
    "Shipment information sent to FedEx": "Renseignements sur l'envoi transmis a FedEx",
    "Picked up": "Ramasse",
    "On FedEx vehicle for delivery": "Dans le vehicule de livraison",
    "Delivered": "Livre",
    "Delivery exception": "Exception de livraison",
}
_BOOKS: Final = {"es": _SPANISH, "fr": _FRENCH}


def say(text: str, locale: str) -> str:
    """Return a text in a locale's language; in English when the simulator knows no other words for it."""
    return _BOOKS.get(locale[:2].lower(), {}).get(text, text)
