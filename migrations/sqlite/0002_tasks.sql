-- Tasks, and every change that was made to them.

-- What repeats. The template is the image of the series, as in `events.image`; rule and state repeat it for queries.
CREATE TABLE series (
    space       INTEGER NOT NULL REFERENCES spaces (number) ON DELETE CASCADE,
    id          BLOB NOT NULL CHECK (length(id) = 16),
    version     INTEGER NOT NULL CHECK (version > 0),
    rule        TEXT NOT NULL CHECK (length(CAST(rule AS BLOB)) BETWEEN 1 AND 1024),
    state       TEXT NOT NULL CHECK (state IN ('active', 'completed', 'deleted')),
    template    TEXT NOT NULL CHECK (json_valid(template)),
    modified_at INTEGER NOT NULL,
    PRIMARY KEY (space, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE tasks (
    -- space << 32 | counter: the tasks of a space lie together, and a range of rows is a space.
    row          INTEGER PRIMARY KEY,
    space        INTEGER NOT NULL REFERENCES spaces (number) ON DELETE CASCADE,
    id           BLOB NOT NULL CHECK (length(id) = 16),
    number       INTEGER CHECK (number > 0),
    version      INTEGER NOT NULL CHECK (version > 0),
    title        TEXT NOT NULL CHECK (length(CAST(title AS BLOB)) BETWEEN 1 AND 4096),
    notes        TEXT CHECK (length(CAST(notes AS BLOB)) BETWEEN 1 AND 262144),
    status       TEXT NOT NULL CHECK (status IN ('pending', 'completed', 'deleted')),
    project      TEXT CHECK (length(CAST(project AS BLOB)) BETWEEN 1 AND 1024),
    priority     TEXT CHECK (priority IN ('low', 'medium', 'high')),
    -- A date keeps its text (a day, or an RFC 9557 moment) and what that comes to in the account's zone.
    due          TEXT, due_from       INTEGER, due_to       INTEGER,
    scheduled    TEXT, scheduled_from INTEGER, scheduled_to INTEGER,
    wait         TEXT, wait_from      INTEGER, wait_to      INTEGER,
    until        TEXT, until_from     INTEGER, until_to     INTEGER,
    -- JSON array of texts such as `due-1d`; the moments they come to are rows of `reminders`.
    reminders    TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(reminders) AND json_array_length(reminders) <= 20),
    -- An id and no key: an import may bring an occurrence before its series, or without it.
    series       BLOB,
    created_at   INTEGER NOT NULL,
    modified_at  INTEGER NOT NULL,
    started_at   INTEGER,
    ended_at     INTEGER,
    -- The order of `ls`: the earliest due first, what has no date last, then by importance.
    due_order    INTEGER NOT NULL GENERATED ALWAYS AS (coalesce(due_to, 9223372036854775807)) VIRTUAL,
    importance   INTEGER NOT NULL GENERATED ALWAYS AS
                 (CASE priority WHEN 'high' THEN 0 WHEN 'medium' THEN 1 WHEN 'low' THEN 2 ELSE 3 END) VIRTUAL,
    CHECK (row >> 32 = space),
    CHECK ((due IS NULL) = (due_from IS NULL) AND (due IS NULL) = (due_to IS NULL) AND due_from <= due_to),
    CHECK ((scheduled IS NULL) = (scheduled_from IS NULL) AND (scheduled IS NULL) = (scheduled_to IS NULL)),
    CHECK ((wait IS NULL) = (wait_from IS NULL) AND (wait IS NULL) = (wait_to IS NULL)),
    CHECK ((until IS NULL) = (until_from IS NULL) AND (until IS NULL) = (until_to IS NULL)),
    -- Only what was imported closed may be without a number, until it is reopened.
    CHECK (number IS NOT NULL OR status <> 'pending')
) STRICT;

CREATE UNIQUE INDEX tasks_by_id ON tasks (space, id);
-- The last eight digits of the id, by which people may name a task.
CREATE INDEX tasks_by_short_id ON tasks (space, substr(id, 13));
CREATE UNIQUE INDEX tasks_by_number ON tasks (space, number) WHERE number IS NOT NULL;
-- `wait_from` stands in it so that what does not wait is counted from the index alone.
CREATE INDEX tasks_in_order ON tasks (space, status, due_order, importance, row, wait_from);
CREATE INDEX tasks_by_project ON tasks (space, project) WHERE project IS NOT NULL;
CREATE INDEX tasks_by_series ON tasks (space, series) WHERE series IS NOT NULL;

CREATE TABLE tags (
    task INTEGER NOT NULL REFERENCES tasks (row) ON DELETE CASCADE,
    tag  TEXT NOT NULL CHECK (length(tag) BETWEEN 1 AND 64),
    PRIMARY KEY (task, tag)
) STRICT, WITHOUT ROWID;

CREATE INDEX tags_by_tag ON tags (tag, task);

CREATE TABLE annotations (
    task INTEGER NOT NULL REFERENCES tasks (row) ON DELETE CASCADE,
    at   INTEGER NOT NULL,
    text TEXT NOT NULL CHECK (length(CAST(text AS BLOB)) BETWEEN 1 AND 16384),
    PRIMARY KEY (task, at)
) STRICT, WITHOUT ROWID;

-- The other end is an id and no row: an import may name a task that was left behind where it came from,
-- and the edge must go back there as it was.
CREATE TABLE depends (
    task  INTEGER NOT NULL REFERENCES tasks (row) ON DELETE CASCADE,
    on_id BLOB NOT NULL CHECK (length(on_id) = 16),
    PRIMARY KEY (task, on_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX depends_by_other_end ON depends (on_id, task);

-- Fields of one's own, and fields of another program that came with an import, as JSON texts to the letter.
CREATE TABLE attributes (
    task  INTEGER NOT NULL REFERENCES tasks (row) ON DELETE CASCADE,
    name  TEXT NOT NULL CHECK (length(CAST(name AS BLOB)) BETWEEN 1 AND 256),
    value TEXT NOT NULL CHECK (length(CAST(value AS BLOB)) <= 4096 AND json_valid(value)),
    PRIMARY KEY (task, name)
) STRICT, WITHOUT ROWID;

-- What one call changed, to be taken back as a whole.
CREATE TABLE operations (
    id        BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    space     INTEGER NOT NULL REFERENCES spaces (number) ON DELETE CASCADE,
    kind      TEXT NOT NULL,
    -- `person` or `daemon`: a bare `undo` takes back only what a person did.
    actor     TEXT NOT NULL CHECK (actor IN ('person', 'daemon')),
    session   BLOB,
    at        INTEGER NOT NULL,
    -- An operation in slices is `open` until its last; one found open at start is taken back.
    state     TEXT NOT NULL CHECK (state IN ('open', 'done', 'abandoned')),
    first_seq INTEGER NOT NULL,
    last_seq  INTEGER NOT NULL,
    touched   INTEGER NOT NULL,
    -- What it took back: an operation, or (to do that again) an undo of it.
    undoes    BLOB,
    -- What all that undoes each other began with; itself for an operation of its own.
    root      BLOB NOT NULL,
    -- Of a root: whether what it did is in force, and which operation last made it so (at first itself).
    stands    INTEGER NOT NULL,
    settled_by BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX operations_to_undo ON operations (space, last_seq)
    WHERE actor = 'person' AND state = 'done' AND undoes IS NULL AND stands = 1;
CREATE INDEX operations_in_order ON operations (space, last_seq);
CREATE INDEX operations_open ON operations (space, first_seq) WHERE state = 'open';

-- One row for each task or series that an operation touched. They feed undo, history, the stream and
-- the notification service.
CREATE TABLE events (
    space     INTEGER NOT NULL REFERENCES spaces (number) ON DELETE CASCADE,
    seq       INTEGER NOT NULL,
    ordinal   INTEGER NOT NULL,
    operation BLOB NOT NULL,
    target    TEXT NOT NULL CHECK (target IN ('task', 'series')),
    id        BLOB NOT NULL CHECK (length(id) = 16),
    number    INTEGER,
    version   INTEGER NOT NULL,
    kind      TEXT NOT NULL CHECK (kind IN ('created', 'changed', 'removed', 'restored')),
    -- {"field": [before, after], …}; none for a creation.
    changes   TEXT CHECK (changes IS NULL OR json_valid(changes)),
    -- The whole thing, only where it went away.
    image     TEXT CHECK (image IS NULL OR json_valid(image)),
    PRIMARY KEY (space, seq, ordinal)
) STRICT, WITHOUT ROWID;

CREATE INDEX events_by_target ON events (space, id, seq);
