-- Keys are kept as hashes only: a copy of the database opens nothing.
CREATE TABLE api_keys (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name       text NOT NULL UNIQUE,
    key_hash   bytea NOT NULL UNIQUE CHECK (octet_length(key_hash) = 32),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE messages (
    id                  uuid PRIMARY KEY,
    api_key_id          bigint NOT NULL REFERENCES api_keys (id),
    request_id          text NOT NULL,
    sender              text NOT NULL,
    recipient           text NOT NULL,
    subject             text NOT NULL,
    body_text           text NOT NULL,
    body_html           text,
    state               text NOT NULL DEFAULT 'queued'
                        CHECK (state IN ('queued', 'sending', 'sent', 'failed')),
    attempts            integer NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    reason              text,
    provider_message_id text,
    created_at          timestamptz NOT NULL,
    updated_at          timestamptz NOT NULL,
    sent_at             timestamptz
);

-- The depth and age of the queue are read every few seconds: they must not grow with what was sent long ago.
CREATE INDEX messages_undelivered ON messages (created_at) WHERE state IN ('queued', 'sending');
