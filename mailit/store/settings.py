"""What the store may be told: where bodies and attachments lie."""

from __future__ import annotations

from pathlib import Path

from attrs import frozen

from mailit.settings import PATH, SECRET, UNSET, URL, choice, setting


@frozen
class StorageSettings:
    """Section `storage`."""

    kind: str = setting(
        "database",
        "Where bodies and attachments over 64 KB lie: `database`, `filesystem`, `s3` (to come). Mail that was accepted "
        "under another kind is still found there.",
        choice("database", "filesystem", "s3"),
    )
    path: Path | None = setting(
        UNSET, "The folder of kind `filesystem`; every process needs the same one.", PATH, "`blobs` in server.data_dir"
    )
    s3_endpoint: str | None = setting(UNSET, "URL of the service of kind `s3`.", URL, "Amazon's")
    s3_region: str = setting("us-east-1", "Its region.")
    s3_bucket: str | None = setting(UNSET, "The bucket.")
    s3_access_key: str | None = setting(UNSET, "Id of the access key.")
    s3_secret_key: str | None = setting(UNSET, "The access key's secret.", SECRET)
