-- Reminders, the inbox and what is still to be delivered.

-- One row a firing. Written from the task's event; kept after it fired, so that it can't fire again.
CREATE TABLE reminders (
    id       BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    space    INTEGER NOT NULL REFERENCES spaces (number) ON DELETE CASCADE,
    task     BLOB NOT NULL CHECK (length(task) = 16),
    -- As it is set on the task, such as `due-1d`.
    spec     TEXT NOT NULL,
    at       INTEGER NOT NULL,
    state    TEXT NOT NULL CHECK (state IN ('pending', 'fired', 'cancelled')),
    fired_at INTEGER,
    UNIQUE (space, task, at)
) STRICT, WITHOUT ROWID;

CREATE INDEX reminders_to_fire ON reminders (at) WHERE state = 'pending';

-- The inbox. The id is the notification's on every channel and at every try.
CREATE TABLE notifications (
    id       BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    space    INTEGER NOT NULL REFERENCES spaces (number) ON DELETE CASCADE,
    kind     TEXT NOT NULL CHECK (kind IN ('reminder')),
    reminder BLOB UNIQUE,
    task     BLOB NOT NULL,
    number   INTEGER,
    -- As they were when it fired.
    title    TEXT NOT NULL,
    due      TEXT,
    at       INTEGER NOT NULL,
    fired_at INTEGER NOT NULL,
    read_at  INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX notifications_newest ON notifications (space, fired_at, id);
CREATE INDEX notifications_unread ON notifications (space, fired_at, id) WHERE read_at IS NULL;

-- One row for each notification and channel. A claim is a lease with a deadline that names its holder.
CREATE TABLE deliveries (
    id           BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    notification BLOB NOT NULL REFERENCES notifications (id) ON DELETE CASCADE,
    channel      TEXT NOT NULL CHECK (channel IN ('log')),
    state        TEXT NOT NULL CHECK (state IN ('pending', 'leased', 'done')),
    attempts     INTEGER NOT NULL DEFAULT 0,
    next_at      INTEGER NOT NULL,
    holder       TEXT,
    lease_until  INTEGER,
    done_at      INTEGER,
    UNIQUE (notification, channel),
    CHECK ((state = 'leased') = (holder IS NOT NULL AND lease_until IS NOT NULL))
) STRICT, WITHOUT ROWID;

CREATE INDEX deliveries_to_send ON deliveries (next_at) WHERE state <> 'done';
