-- Large parts lie apart from the rows that name them: a body, or a file, over 64 KB. A part is known by its content and
-- its place there, and it is in use as long as `attachment` has the row of that key. A body that lies apart has such a
-- row as well: at the place -1 (html), -2 (text) or -3 (raw). Where `bytes` is NULL the part is in the blob store.
ALTER TABLE attachment ALTER bytes DROP NOT NULL, ADD COLUMN size integer;

-- The blob store of storage.kind `database`: in pieces, so that no statement holds the interpreter for long.
CREATE TABLE blob (
    content_id uuid NOT NULL,
    place      smallint NOT NULL,
    piece      integer NOT NULL,
    bytes      bytea NOT NULL,
    PRIMARY KEY (content_id, place, piece)
) PARTITION BY RANGE (content_id);
ALTER TABLE blob ALTER bytes SET STORAGE EXTERNAL;
