CREATE TABLE entries (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL,
    text text NOT NULL,
    written timestamptz NOT NULL DEFAULT now()
);
