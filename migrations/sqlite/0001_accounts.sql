-- Who may sign in, and the space that their tasks are in.
--
-- Ids are UUIDs as 16 bytes, made by the daemon. Times are UTC in microseconds since 1970.
-- Words such as a status are text. A file that was released is never edited.

CREATE TABLE accounts (
    id            BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    email         TEXT CHECK (length(CAST(email AS BLOB)) <= 254),
    -- Case-folded by the daemon, so that every backend finds the same addresses equal.
    email_key     TEXT UNIQUE,
    -- PHC string, argon2id; null where only the local identity signs in.
    password_hash TEXT,
    -- IANA name. It decides what `today` means.
    zone          TEXT NOT NULL,
    settings      TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(settings)),
    -- Limits of its own, instead of the daemon's; null: the daemon's.
    quota_tasks    INTEGER CHECK (quota_tasks >= 0),
    quota_tokens   INTEGER CHECK (quota_tokens >= 0),
    quota_sessions INTEGER CHECK (quota_sessions >= 0),
    created_at    INTEGER NOT NULL,
    disabled_at   INTEGER,
    -- Set before its data goes, which takes several transactions; nobody signs in any more.
    deleted_at    INTEGER,
    CHECK ((email IS NULL) = (email_key IS NULL)),
    CHECK (password_hash IS NULL OR email IS NOT NULL)
) STRICT, WITHOUT ROWID;

CREATE INDEX accounts_in_order ON accounts (created_at, id);
CREATE INDEX accounts_half_deleted ON accounts (deleted_at) WHERE deleted_at IS NOT NULL;

-- A person known by the uid of their end of the socket. The login name stands beside the uid, because
-- a uid that was given to somebody else must not open the account (it is refused, not replaced).
CREATE TABLE local_identities (
    realm      TEXT NOT NULL,
    uid        INTEGER NOT NULL,
    login      TEXT NOT NULL,
    account    BLOB NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (realm, uid)
) STRICT, WITHOUT ROWID;

CREATE INDEX local_identities_by_account ON local_identities (account);

CREATE TABLE sessions (
    id           BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    account      BLOB NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    -- `local`: by uid on the Unix socket; there is one for each uid, so that `undo` knows its own.
    -- `password`: by email and password; it lives as long as its refresh tokens are used.
    kind         TEXT NOT NULL CHECK (kind IN ('local', 'password')),
    uid          INTEGER,
    device       TEXT NOT NULL,
    peer         TEXT,
    created_at   INTEGER NOT NULL,
    last_used_at INTEGER NOT NULL,
    revoked_at   INTEGER,
    -- Refresh tokens: which of the family counts, its SHA-256, and its successor's once that was given out.
    -- The successor becomes the one that counts when it is first used.
    generation   INTEGER,
    refresh_hash BLOB CHECK (length(refresh_hash) = 32),
    next_hash    BLOB CHECK (length(next_hash) = 32),
    CHECK ((kind = 'local') = (uid IS NOT NULL)),
    CHECK ((kind = 'password') = (refresh_hash IS NOT NULL) AND (kind = 'password') = (generation IS NOT NULL))
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX sessions_local ON sessions (account, uid) WHERE kind = 'local' AND revoked_at IS NULL;
CREATE INDEX sessions_by_account ON sessions (account, last_used_at);
CREATE INDEX sessions_by_use ON sessions (last_used_at);

-- Personal access tokens: a script's, with exact rights.
CREATE TABLE access_tokens (
    id           BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    account      BLOB NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    name         TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 128),
    -- SHA-256 of the whole token; the token itself is shown once and kept nowhere.
    hash         BLOB NOT NULL UNIQUE CHECK (length(hash) = 32),
    -- Names of scopes with spaces between them.
    scopes       TEXT NOT NULL,
    created_at   INTEGER NOT NULL,
    expires_at   INTEGER,
    last_used_at INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX access_tokens_by_account ON access_tokens (account, created_at);

-- Failed sign-ins that were not forgotten yet, by account and by peer. The key of an account is the hash of
-- its folded email, whether there is such an account or not.
CREATE TABLE sign_in_failures (
    key      TEXT NOT NULL PRIMARY KEY,
    failures INTEGER NOT NULL CHECK (failures >= 0),
    last_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX sign_in_failures_by_age ON sign_in_failures (last_at);

-- From where an account has signed in: its own wait spares these, so that no stranger can lock it out.
CREATE TABLE known_peers (
    account  BLOB NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    peer     TEXT NOT NULL,
    -- Since when it is known: what was tried before is counted as a stranger's.
    first_at INTEGER NOT NULL,
    last_at  INTEGER NOT NULL,
    PRIMARY KEY (account, peer)
) STRICT, WITHOUT ROWID;

-- What happened to an account, for its owner to read. No secret is ever in it.
CREATE TABLE audit (
    account          BLOB NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    id               BLOB NOT NULL CHECK (length(id) = 16),
    at               INTEGER NOT NULL,
    event            TEXT NOT NULL,
    peer             TEXT,
    about            TEXT,
    by_administrator INTEGER NOT NULL CHECK (by_administrator IN (0, 1)),
    PRIMARY KEY (account, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX audit_by_event ON audit (account, event, id);
CREATE INDEX audit_by_age ON audit (at);

-- Tasks live in a space; each account has one for now, sharing will add more.
CREATE TABLE spaces (
    number      INTEGER PRIMARY KEY,
    id          BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
    account     BLOB NOT NULL UNIQUE REFERENCES accounts (id) ON DELETE CASCADE,
    -- Raised by every transaction that changes the space.
    seq         INTEGER NOT NULL DEFAULT 0,
    -- Up to here the notification service has taken the events.
    taken_seq   INTEGER NOT NULL DEFAULT 0,
    -- The number of the next task. It only ever grows, so that no number is given twice.
    next_number INTEGER NOT NULL DEFAULT 1,
    next_row    INTEGER NOT NULL DEFAULT 1 CHECK (next_row < 4294967296),
    -- How many tasks are stored, so that a quota costs no counting.
    task_count  INTEGER NOT NULL DEFAULT 0 CHECK (task_count >= 0),
    -- Zone or settings changed then, and the notification service has not told the reminders anew yet.
    stale_since INTEGER,
    -- After a change of the zone: the days of the tasks up to this row are told anew, those after it not yet.
    recounted_to INTEGER,
    CHECK (taken_seq <= seq)
) STRICT;

CREATE INDEX spaces_half_recounted ON spaces (number) WHERE recounted_to IS NOT NULL;
CREATE INDEX spaces_with_untaken_events ON spaces (number) WHERE taken_seq < seq;
