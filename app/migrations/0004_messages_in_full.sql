-- A message may come from a person, not a key; be sent later; be made from a template; carry headers, tags and files.
-- migrate: allow ban-drop-not-null: the release before hands the column on and never reads it
ALTER TABLE messages ALTER COLUMN api_key_id DROP NOT NULL;
ALTER TABLE messages ADD COLUMN caller text;
ALTER TABLE messages ADD COLUMN send_at timestamptz;
ALTER TABLE messages ADD COLUMN headers jsonb NOT NULL DEFAULT '{}';
ALTER TABLE messages ADD COLUMN tags text[] NOT NULL DEFAULT '{}';
ALTER TABLE messages ADD COLUMN template text;
ALTER TABLE messages ADD COLUMN template_version integer;
ALTER TABLE messages ADD COLUMN unsubscribable boolean NOT NULL DEFAULT false;
ALTER TABLE messages ADD COLUMN purged_at timestamptz;
-- migrate: allow ban-drop-constraint: the release before writes no other states, and the next statement keeps the rest out
ALTER TABLE messages DROP CONSTRAINT messages_state_check;
ALTER TABLE messages ADD CONSTRAINT messages_state_known CHECK (state IN (
    'scheduled', 'queued', 'sending', 'sent', 'delivered', 'bounced', 'complained', 'failed', 'cancelled', 'suppressed'
)) NOT VALID;

-- Each message is changed some three times and its body once more: don't wait for a fifth of millions to be dead.
ALTER TABLE messages SET (
    autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02,
    toast.autovacuum_vacuum_scale_factor = 0.05
);

-- What happened to a message, oldest first. A slow transaction takes its ids early and commits late, so a reader must
-- know when all have ended that may hold a lower id. `transaction` comes first because defaults are worked out in the
-- order of the columns: whoever has an id here had a number as a transaction before it, and can be waited for.
-- It only grows until old rows go: its figures for the planner and its visibility map must keep up with its end.
CREATE TABLE message_events (
    transaction xid8 NOT NULL DEFAULT pg_current_xact_id(),
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    message_id  uuid NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
    happened_at timestamptz NOT NULL DEFAULT now(),
    kind        text NOT NULL,
    detail      text
) WITH (
    autovacuum_vacuum_insert_scale_factor = 0.02, autovacuum_vacuum_scale_factor = 0.02,
    autovacuum_analyze_scale_factor = 0.02
);
CREATE INDEX message_events_message ON message_events (message_id, id);

CREATE TABLE message_tags (
    tag        text NOT NULL,
    message_id uuid NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
    PRIMARY KEY (tag, message_id)
);
CREATE INDEX message_tags_message ON message_tags (message_id);

CREATE TABLE attachments (
    id           uuid PRIMARY KEY,
    filename     text NOT NULL,
    content_type text NOT NULL,
    content      bytea NOT NULL
);
CREATE TABLE message_attachments (
    message_id    uuid NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
    position      integer NOT NULL,
    attachment_id uuid NOT NULL REFERENCES attachments (id),
    PRIMARY KEY (message_id, position)
);
CREATE INDEX message_attachments_attachment ON message_attachments (attachment_id);

-- The answer that a request with an Idempotency-Key got. `fingerprint` is the SHA-256 of what was asked.
CREATE TABLE idempotency_keys (
    caller      text NOT NULL,
    key         text NOT NULL,
    fingerprint bytea NOT NULL CHECK (octet_length(fingerprint) = 32),
    status      integer,
    body        json,
    location    text,
    created_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (caller, key)
);
CREATE INDEX idempotency_keys_age ON idempotency_keys (created_at);

-- The last mail of that content to that person. `fingerprint` is the SHA-256 of both.
CREATE TABLE recent_mails (
    fingerprint bytea PRIMARY KEY CHECK (octet_length(fingerprint) = 32),
    message_id  uuid NOT NULL,
    accepted_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX recent_mails_age ON recent_mails (accepted_at);

-- Who gets no more mail, and why. The address is in lower case; ids name entries, so that no address is in a URL.
CREATE TABLE suppressions (
    id         bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    address    text PRIMARY KEY CHECK (address = lower(address)),
    reason     text NOT NULL CHECK (reason IN ('bounce', 'complaint', 'unsubscribe', 'manual')),
    detail     text,
    message_id uuid,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX suppressions_by_reason ON suppressions (reason, id);

-- Notices of SES that were taken in: SNS delivers each at least once.
CREATE TABLE ses_notices (
    id       text PRIMARY KEY,
    taken_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX ses_notices_age ON ses_notices (taken_at);
