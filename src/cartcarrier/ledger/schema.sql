-- The ledger, version 2. Times are UTC texts of one width, so that they sort; amounts are texts, never floating point.
-- Names, addresses, labels and other people's free text are in personal_data and nowhere else.

CREATE TABLE meta (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE orders (
    channel TEXT NOT NULL,
    order_id TEXT NOT NULL,
    number TEXT NOT NULL,
    state TEXT NOT NULL,
    ship_by TEXT,
    first_seen TEXT NOT NULL,
    last_seen TEXT NOT NULL,
    settled_at TEXT,
    erased INTEGER NOT NULL DEFAULT 0,   -- 1: its personal data was erased, and is not taken in again while it is settled
    owner TEXT,                          -- who decides on the order as a whole, with the next two
    fence INTEGER NOT NULL DEFAULT 0,
    lease_until TEXT,
    PRIMARY KEY (channel, order_id)
) WITHOUT ROWID;
CREATE INDEX orders_by_state ON orders (state, ship_by);
CREATE INDEX orders_by_first_seen ON orders (first_seen);

CREATE TABLE shipments (
    id INTEGER PRIMARY KEY,
    channel TEXT NOT NULL,
    order_id TEXT NOT NULL,
    key TEXT NOT NULL,
    carrier TEXT NOT NULL,
    request_hash TEXT NOT NULL,
    reference TEXT NOT NULL,
    state TEXT NOT NULL,                 -- a copy of what the steps add up to, written in the transaction that writes a step
    lines TEXT NOT NULL,
    location_id TEXT,
    notify_buyer INTEGER NOT NULL,
    confirms INTEGER NOT NULL,
    ship_by TEXT,
    quoted_total TEXT,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    owner TEXT,
    fence INTEGER NOT NULL,
    lease_until TEXT,
    due_at TEXT,                         -- when the warehouse that has it is to be asked again
    UNIQUE (channel, order_id, key),
    FOREIGN KEY (channel, order_id) REFERENCES orders (channel, order_id)
);
CREATE INDEX shipments_by_state ON shipments (state);
CREATE INDEX shipments_by_due ON shipments (due_at) WHERE due_at IS NOT NULL;

CREATE TABLE steps (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    shipment_id INTEGER NOT NULL REFERENCES shipments (id),
    kind TEXT NOT NULL,
    place INTEGER NOT NULL,
    attempt INTEGER NOT NULL,
    newest INTEGER NOT NULL,             -- 1: this attempt counts; 0: it is history
    state TEXT NOT NULL,
    parcels TEXT,                        -- of a purchase, with the next two; its bytes are personal data
    idempotency_key TEXT,
    expires_at TEXT,
    reference TEXT,
    planned_at TEXT NOT NULL,
    sent_at TEXT,
    finished_at TEXT,
    error_code TEXT,
    error_message TEXT,
    result_kind TEXT,
    result TEXT,                         -- without labels, documents and free text
    UNIQUE (shipment_id, kind, place, attempt)
);

CREATE TABLE parcels (
    channel TEXT NOT NULL,
    order_id TEXT NOT NULL,
    key TEXT NOT NULL,
    carrier TEXT NOT NULL,
    tracking_number TEXT NOT NULL,
    due_at TEXT,
    told TEXT NOT NULL,
    PRIMARY KEY (channel, order_id, key, carrier, tracking_number),
    FOREIGN KEY (channel, order_id) REFERENCES orders (channel, order_id)
) WITHOUT ROWID;
CREATE INDEX parcels_by_number ON parcels (tracking_number);
CREATE INDEX parcels_by_due ON parcels (due_at) WHERE due_at IS NOT NULL;

CREATE TABLE personal_data (
    channel TEXT NOT NULL,
    order_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    key TEXT NOT NULL,
    value BLOB NOT NULL,
    PRIMARY KEY (channel, order_id, kind, key),
    FOREIGN KEY (channel, order_id) REFERENCES orders (channel, order_id)
);

CREATE TABLE events (
    account TEXT NOT NULL,
    event_id TEXT NOT NULL,
    seen_at TEXT NOT NULL,
    PRIMARY KEY (account, event_id)
) WITHOUT ROWID;
CREATE INDEX events_by_time ON events (seen_at);

CREATE TABLE cursors (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE tokens (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE locks (
    key TEXT PRIMARY KEY,
    owner TEXT NOT NULL,
    until TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE limits (
    key TEXT PRIMARY KEY,
    capacity REAL NOT NULL,
    rate REAL NOT NULL,
    level REAL NOT NULL,
    updated TEXT NOT NULL,
    blocked_until TEXT
) WITHOUT ROWID;
