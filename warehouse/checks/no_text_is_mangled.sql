-- Bytes read in another encoding than they were written in ("â€™"), and HTML that was left over.
with
told as (
    select
        story_id,
        url,
        concat_ws(E'\n', title, array_to_string(authors, ' / '), section, body) as text
    from articles
),
found as (
    select
        *,
        regexp_extract(
            text,
            'â€.|Ã[\x80-\xBF]|ï¿½|\x{FFFD}|</?(?:p|div|span|br|a|b|i|strong|em|img|script|style|iframe|li|h[1-6])(?:\s[^<>]*)?/?>|&(?:nbsp|amp|quot|apos|lt|gt|rsquo|lsquo|#[0-9]{1,6}|#x[0-9a-fA-F]{1,5});'
        ) as mangled
    from told
)
select
    story_id,
    url,
    mangled
from found
where mangled <> ''
order by story_id
