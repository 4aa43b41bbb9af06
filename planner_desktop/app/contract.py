"""Names that `--json` promises. Changed only with a version; importing this costs nothing."""

KEYWORD_FIELDS = (
    *(
        "id",
        "keyword",
        "site",
        "site_id",
        "sector",
        "sector_id",
        "volume",
        "difficulty",
        "intent",
        "country",
        "cluster",
    ),
    *("status", "disabled", "volume_override", "difficulty_override", "sync"),
)
