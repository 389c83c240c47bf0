
-- What the ledger needs in PostgreSQL beside the schema that it shares with SQLite.

-- Each connection counts its transactions here, in the transaction itself. Where a connection breaks during a commit,
-- the number says whether it was committed.
CREATE TABLE writers (
    name TEXT COLLATE "C" PRIMARY KEY,
    number BIGINT NOT NULL,
    begun TIMESTAMPTZ NOT NULL DEFAULT now()
);
