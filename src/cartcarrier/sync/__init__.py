"""The same library, blocking: the facade, and single drivers.

The async library runs in an event loop of its own, in a thread beside the caller's; nothing is written twice::

    from cartcarrier import sync

    with sync.Fulfiller(channels=[shop], carriers=[ups], ledger="sqlite:///shop.db", ship_from=warehouse) as fulfiller:
        for order in fulfiller.orders():
            fulfiller.ship(order, parcels=[...])

    with sync.open_carrier("ups", client_id=..., ...) as ups:
        rates = ups.get_rates(request)

Functions that are handed in (choosers, ``ship_from``) are called in the loop's thread and must not block.
"""

from cartcarrier.sync._drivers import BlockingDriver, open_carrier, open_channel, open_provider
from cartcarrier.sync._fulfiller import BlockingFinding, Fulfiller

__all__ = ["BlockingDriver", "BlockingFinding", "Fulfiller", "open_carrier", "open_channel", "open_provider"]
