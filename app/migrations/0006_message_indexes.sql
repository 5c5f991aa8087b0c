-- migrate: outside a transaction
-- Ids are in the order of creation, so a list that is filtered by one of these is read from its end, page by page.
CREATE INDEX CONCURRENTLY IF NOT EXISTS messages_by_state ON messages (state, id);
CREATE INDEX CONCURRENTLY IF NOT EXISTS messages_by_recipient ON messages (lower(recipient), id);
CREATE INDEX CONCURRENTLY IF NOT EXISTS messages_by_caller ON messages (caller, id);
CREATE INDEX CONCURRENTLY IF NOT EXISTS messages_by_template ON messages (template, id) WHERE template IS NOT NULL;
CREATE INDEX CONCURRENTLY IF NOT EXISTS messages_by_provider_id ON messages (provider_message_id)
    WHERE provider_message_id IS NOT NULL;
CREATE INDEX CONCURRENTLY IF NOT EXISTS messages_scheduled ON messages (send_at) WHERE state = 'scheduled';
CREATE INDEX CONCURRENTLY IF NOT EXISTS messages_unpurged ON messages (created_at) WHERE purged_at IS NULL;
