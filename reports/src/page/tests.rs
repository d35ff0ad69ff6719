use super::*;

#[test]
fn a_page_forbids_scripts_and_the_network_and_escapes_its_title() {
    let page = whole("<script>x</script>", &html! { p { "a & b" } });
    assert!(page.starts_with("<!DOCTYPE html>"));
    assert!(page.contains("default-src 'none'"));
    assert!(page.contains("&lt;script&gt;") && !page.contains("<script"));
    assert!(page.contains("a &amp; b"));
}

#[test]
fn a_badge_says_in_words_what_its_colour_says() {
    let badge = badge(Some(Verdict::Invalid), "INVALID (safety)").into_string();
    assert!(badge.contains("✗") && badge.contains("INVALID (safety)"));
}
