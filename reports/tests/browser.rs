//! Real reports in a real browser: what a person sees and does, and what a hostile node would like to do.
//!
//! Chromium comes from the system's packages (`.ci/run` installs it). Where it is missing these tests say so and
//! prove nothing, except on CI, where they fail.

#![allow(clippy::unwrap_used)]

#[path = "browser/chromium.rs"]
mod chromium;
#[path = "../examples/sample_report/kinds.rs"]
mod kinds;
#[path = "browser/pages.rs"]
mod pages;
#[path = "../examples/sample_report/sample.rs"]
#[allow(dead_code, unreachable_pub)]
mod sample;
#[path = "../../harness/tests/skipped/mod.rs"]
mod skipped;

use std::path::Path;

use chromium::Browser;
use reports::verdict;
use serde_json::json;
use skipped::is_wide;

/// A browser with an ordinary window; none where there is no Chromium.
fn browser(flags: &[&str]) -> Option<Browser> {
    chromium::is_installed().then(|| Browser::start(1280, 900, flags))
}

/// No error on the console, and nothing asked for but the page itself.
fn is_quiet(browser: &mut Browser) {
    browser.eval("new Promise((done) => requestAnimationFrame(() => setTimeout(done, 50)))");
    assert_eq!(browser.noise.errors, Vec::<String>::new());
    let strange: Vec<&String> = browser.noise.requests.iter().filter(|url| !url.contains("/report.html")).collect();
    assert!(strange.is_empty(), "the page asked for {strange:?}");
    assert_eq!(browser.noise.requests.len(), 1, "{:?}", browser.noise.requests);
    assert_eq!(browser.text("document.documentElement.className"), "ready");
}

/// An outcome that says so; the samples ask for it by this path.
fn judged(mut outcome: history::Outcome, verdict: history::Verdict, sentence: &str) -> history::Outcome {
    outcome.verdict = verdict;
    outcome.sentence = sentence.to_owned();
    outcome
}

/// A page of what comparisons and campaigns have: long words, wide numbers, commands.
#[test]
fn tables_can_be_read_on_a_phone_and_nothing_runs_off_its_edge() {
    let Some(mut browser) = browser(&[]) else { return };
    let folder = tempfile::tempdir().unwrap();
    let numbers = "<td class=num>13 of 16: 81.2 % [54.4 %, 96.0 %]</td>".repeat(3);
    let body = format!(
        "<h2>Rates</h2><div class=scroll id=wide><table><tr><th></th><th class=num>A</th><th class=num>B</th><th class=num>p</th></tr>\
         <tr><td id=first>invalid, of the runs that were judged</td>{numbers}</tr></table></div>\
         <div class=scroll><table><tr><td class=num>1</td><td id=text>/tmp/{0}/a</td><td>{0}</td><td>{0}</td></tr></table></div>\
         <pre>interregnum compare {0}</pre><pre class=command>interregnum compare {0}</pre><p>{0}</p>",
        "2026-11-30T11-39-12Z-compare".repeat(6)
    );
    let page = folder.path().join("page.html");
    // The pages with a script say when they are ready; this one is from the start.
    let text = reports::page::whole("t", &maud::PreEscaped(body)).replacen("<html ", "<html class=ready ", 1);
    std::fs::write(&page, text).unwrap();
    for width in [390, 1280] {
        browser.resize(width, 900, 1);
        browser.open(&page, "");
        let overflow = browser.eval("document.documentElement.scrollWidth - document.documentElement.clientWidth");
        assert_eq!(overflow, json!(0), "the page itself is never scrolled sideways, {width} pixels");
        for (cell, least) in [("first", 120), ("text", 80)] {
            let shown = browser.eval(&format!("document.getElementById('{cell}').offsetWidth")).as_f64().unwrap();
            assert!(shown >= f64::from(least), "{cell} is {shown} pixels wide of {width}");
        }
        let inside =
            browser.eval("document.getElementById('wide').scrollWidth > document.getElementById('wide').clientWidth");
        assert_eq!(inside, json!(width == 390), "what is too wide is scrolled in its own box");
    }
}

const VIEW: &str = "interregnum.store.view.end - interregnum.store.view.start";

#[test]
fn the_modules_of_the_script_pass_their_own_tests() {
    let Some(mut browser) = browser(&["--allow-file-access-from-files"]) else { return };
    let unit = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/browser/unit");
    let mut names: Vec<String> = std::fs::read_dir(&unit)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.ends_with(".test.js"))
        .collect();
    names.sort();
    assert!(names.len() >= 4, "{names:?}");
    let imports: String = names.iter().map(|name| format!("import 'file://{}/{name}';\n", unit.display())).collect();
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("unit.html");
    let script = format!(
        "{imports}import {{ results }} from 'file://{}/harness.js';\nwindow.results = results();\n\
         document.documentElement.className = 'ready';",
        unit.display()
    );
    std::fs::write(&page, format!("<!DOCTYPE html><script type=\"module\">{script}</script>")).unwrap();
    browser.open(&page, "");
    let results = browser.eval("window.results");
    assert_eq!(results["failures"], json!([]));
    assert!(results["passed"].as_u64() > Some(25), "{results}");
}

#[test]
fn a_valid_run_opens_without_a_sound_and_shows_every_section() {
    let Some(mut browser) = browser(&[]) else { return };
    let folder = tempfile::tempdir().unwrap();
    browser.open(&pages::report("valid", folder.path()), "");
    is_quiet(&mut browser);
    for id in ["map-view", "lanes-view", "network-view", "elections-view", "faults-view", "events-view", "logs-view"] {
        let height = browser.number(&format!("document.getElementById('{id}').getBoundingClientRect().height"));
        assert!(height > 20.0, "#{id} is {height} pixels tall");
    }
    // The lanes are painted, not blank: a leader's colour is there.
    let blue = browser.number(
        "(() => { const canvas = document.querySelector('.timeline-canvas'); \
         const data = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data; let count = 0; \
         for (let i = 0; i < data.length; i += 4) if (data[i] < 20 && data[i + 1] > 90 && data[i + 2] > 150) count += 1; \
         return count; })()",
    );
    assert!(blue > 2000.0, "only {blue} pixels have the colour of a leader");
    assert!(browser.text("document.getElementById('lanes-now').textContent").contains("leaders claimed"));
    assert_eq!(browser.eval("document.querySelectorAll('[style]:not(.live *, .hover-card, canvas)').length"), json!(0));
}

#[test]
fn the_link_of_the_banner_moves_the_timeline_to_the_violation() {
    let Some(mut browser) = browser(&[]) else { return };
    let folder = tempfile::tempdir().unwrap();
    let page = pages::report("safety-invalid", folder.path());
    browser.open(&page, "#t=3&w=2");
    assert_eq!(browser.number("interregnum.store.cursor"), 3e9, "the address says where to look");
    assert_eq!(browser.number(VIEW), 2e9);
    browser.click("#verdict a.moment");
    browser.wait_for("interregnum.store.cursor > 1.4e10 && interregnum.store.moving === 0");
    let [cursor, start, end] =
        ["cursor", "view.start", "view.end"].map(|what| browser.number(&format!("interregnum.store.{what}")));
    assert!(start <= cursor && cursor <= end, "{start} {cursor} {end}");
    let marked = browser.number("interregnum.run.marks.filter((mark) => mark.kind === 'safety')[0].at");
    assert_eq!(cursor, marked);
    // The address followed, and leads back there.
    browser.wait_for("location.hash.startsWith('#t=14.6')");
    let hash = browser.text("location.hash");
    browser.open(&page, "#t=1");
    browser.open(&page, &hash);
    browser.wait_for(&format!("Math.abs(interregnum.store.cursor - {marked}) < 1000"));
    // The events and the network go along, with the next frame.
    browser.wait_for("document.querySelector('.events .row.current .time')?.textContent.startsWith('14.6')");
    browser.wait_for("document.querySelector('.instant b')?.textContent.startsWith('14.6')");
    // A button comes close to it from anywhere.
    browser.open(&page, "#t=1&w=2");
    let closer = "[...document.querySelectorAll('.lanes-bar button')].find((one) => one.textContent === 'the finding')";
    browser.eval(&format!("{closer}.click(); true"));
    browser
        .wait_for(&format!("interregnum.store.moving === 0 && {VIEW} < 2e9 && interregnum.store.cursor === {marked}"));
    assert_eq!(browser.noise.errors, Vec::<String>::new());
}

#[test]
fn keys_move_zoom_and_find_violations_and_faults() {
    let Some(mut browser) = browser(&[]) else { return };
    let folder = tempfile::tempdir().unwrap();
    browser.open(&pages::report("safety-invalid", folder.path()), "#t=10&w=8");
    let cursor = "interregnum.store.cursor";
    browser.key("ArrowRight");
    browser.wait_for(&format!("{cursor} > 1.0e10 && {cursor} < 1.02e10"));
    browser.key("ArrowLeft");
    browser.wait_for(&format!("Math.abs({cursor} - 1e10) < 10"));
    browser.key("+");
    browser.wait_for(&format!("{VIEW} < 5e9"));
    browser.key("-");
    browser.wait_for(&format!("Math.abs({VIEW} - 8e9) < 1e6"));
    let first = "interregnum.run.faults.find((fault) => fault.inForce > 1e10).inForce";
    browser.key("f");
    browser.wait_for(&format!("{cursor} === {first}"));
    let violation = "interregnum.run.marks.find((mark) => mark.kind !== 'trigger').at";
    browser.key("n");
    browser.wait_for(&format!("{cursor} === {violation}"));
    let count = browser.number("interregnum.run.marks.length") as usize;
    for _ in 0..count {
        browser.key("p");
    }
    browser.wait_for(&format!("{cursor} === {violation}"));
    browser.key("0");
    browser.wait_for(&format!("{VIEW} === interregnum.run.length"));
    browser.key("?");
    browser.wait_for("!document.querySelector('.key-help').hidden");
    // In a field a letter is a letter.
    browser.click("#filter-text");
    let before = browser.number(cursor);
    browser.key("f");
    browser.wait_for("document.querySelector('#filter-text').value === 'f'");
    assert_eq!(browser.number(cursor), before);
    assert_eq!(browser.noise.errors, Vec::<String>::new());
}

#[test]
fn the_pointer_pans_zooms_and_is_told_everything_known_of_an_instant() {
    let Some(mut browser) = browser(&[]) else { return };
    let folder = tempfile::tempdir().unwrap();
    browser.open(&pages::report("safety-invalid", folder.path()), "#t=10&w=8");
    browser.eval("document.querySelector('#lanes').scrollIntoView({behavior: 'instant'})");
    browser.eval("new Promise((done) => setTimeout(done, 300))");
    let [left, top] = ["left", "top"].map(|side| {
        browser.number(&format!("document.querySelector('.timeline-canvas').getBoundingClientRect().{side}"))
    });
    let (x, y) = (left + 600.0, top + 150.0);
    browser.mouse("mouseMoved", x, y, json!({}));
    browser.wait_for("!document.querySelector('.hover-card').hidden");
    let card = browser.text("document.querySelector('.hover-card').innerText");
    for word in ["role", "term", "vote", "leader", "evidence", "n1", "n5", "atomic", "claimed"] {
        assert!(card.contains(word), "{word} is not on the card: {card}");
    }
    let under = "interregnum.timeline.timeAt(interregnum.store.view, 600)";
    let before = browser.number(under);
    browser.mouse("mouseWheel", x, y, json!({"deltaX": 0, "deltaY": -240}));
    browser.wait_for(&format!("{VIEW} < 7e9"));
    assert!((browser.number(under) - before).abs() < 1e6, "zooming kept the moment under the pointer");
    let start = browser.number("interregnum.store.view.start");
    let press = json!({"button": "left", "buttons": 1, "clickCount": 1});
    browser.mouse("mousePressed", x, y, press.clone());
    browser.mouse("mouseMoved", x - 50.0, y, json!({"button": "left", "buttons": 1}));
    browser.mouse("mouseMoved", x - 200.0, y, json!({"button": "left", "buttons": 1}));
    browser.mouse("mouseReleased", x - 200.0, y, press.clone());
    browser.wait_for(&format!("interregnum.store.view.start > {start} + 5e8"));
    let cursor = browser.number("interregnum.store.cursor");
    browser.mouse("mousePressed", x, y, press.clone());
    browser.mouse("mouseReleased", x, y, press);
    browser.wait_for(&format!("interregnum.store.cursor !== {cursor}"));
    assert!((browser.number("interregnum.store.cursor") - browser.number(under)).abs() < 2e7);
    assert_eq!(browser.noise.errors, Vec::<String>::new());
}

#[test]
fn the_filter_filters_and_rows_and_timeline_move_each_other() {
    let Some(mut browser) = browser(&[]) else { return };
    let folder = tempfile::tempdir().unwrap();
    browser.open(&pages::report("valid", folder.path()), "");
    let all = browser.number("interregnum.events.numbers.length");
    assert!(all > 100.0, "{all} rows");
    browser.click("#filter-text");
    browser.call("Input.insertText", json!({"text": "candidate term 12"}));
    browser.wait_for(&format!("interregnum.events.numbers.length < {all}"));
    let texts = browser
        .text("[...document.querySelectorAll('.events .rows-body .what')].map((cell) => cell.textContent).join('\\n')");
    assert_eq!(texts.lines().count(), 1, "{texts}");
    assert!(texts.contains("candidate in term 12"), "{texts}");
    browser.click(".events .rows-body .row");
    browser.wait_for("interregnum.store.cursor === interregnum.events.times[0]");
    browser.eval(
        "document.querySelector('#filter-text').value = ''; const kind = document.querySelector('#filter-type'); \
         kind.value = 'fault'; kind.dispatchEvent(new Event('change')); \
         document.querySelector('#filter-text').dispatchEvent(new Event('input'));",
    );
    let kinds = browser.text(
        "[...new Set([...document.querySelectorAll('.events .rows-body .kind')].map((c) => c.textContent))].join()",
    );
    assert_eq!(kinds, "fault");
    browser.eval("interregnum.store.setCursor(3e10)");
    browser.wait_for("interregnum.events.times[interregnum.events.table.current] > 2.5e10");
    let current = browser.number("interregnum.events.times[interregnum.events.table.current]");
    assert!(current <= 3e10 && current > 2.5e10, "{current}");
    assert_eq!(browser.noise.errors, Vec::<String>::new());
}

#[test]
fn a_row_that_stays_in_sight_stays_the_same_element_so_that_no_click_is_lost() {
    let Some(mut browser) = browser(&[]) else { return };
    let folder = tempfile::tempdir().unwrap();
    browser.open(&pages::report("valid", folder.path()), "");
    browser.eval("document.querySelector('.events').scrollIntoView({block: 'center', behavior: 'instant'})");
    browser.eval("interregnum.events.table.view.scrollTop = 0");
    browser.wait_for("document.querySelector('.events .rows-body .row').dataset.index === '0'");
    let cursor = browser.number("interregnum.store.cursor");
    let third = "document.querySelector('.events .rows-body [data-index=\"3\"]').getBoundingClientRect()";
    let [x, y] = ["left + 40", "top + 8"]
        .map(|place| browser.number(&format!("(() => {{ const box = {third}; return box.{place}; }})()")));
    let button = json!({"button": "left", "clickCount": 1});
    browser.mouse("mousePressed", x, y, button.clone());
    // A reader who scrolls a moment before has the table drawn anew while the button is down.
    browser.eval("interregnum.events.table.draw()");
    browser.mouse("mouseReleased", x, y, button);
    browser.wait_for(&format!(
        "interregnum.store.cursor !== {cursor} && interregnum.store.cursor === interregnum.events.times[3]"
    ));
    // However far and wherever one scrolls, the rows in sight are there once, in order, and one is marked at most.
    let seen = browser.eval(
        "(() => { const table = interregnum.events.table; const all = []; \
         for (const to of [0, 60, 1000, 990, 5000, 100, 1e9, 0]) { table.view.scrollTop = to; table.draw(); \
           all.push([...table.body.children].map((row) => Number(row.dataset.index))); \
           all.push(table.body.querySelectorAll('.current').length <= 1 ? [] : [1, 0]); } return all; })()",
    );
    for rows in seen.as_array().unwrap() {
        let rows: Vec<u64> = rows.as_array().unwrap().iter().map(|row| row.as_u64().unwrap()).collect();
        assert!(rows.windows(2).all(|pair| pair[1] == pair[0] + 1), "{rows:?}");
    }
    let texts = "[...interregnum.events.table.body.children].map((row) => row.textContent).join('|')";
    let kept = browser.text(texts);
    browser.eval("interregnum.events.table.show(interregnum.events.table.count)");
    assert_eq!(kept, browser.text(texts), "rows that were kept say what rows made anew say");
}

#[test]
fn what_a_hostile_node_says_is_shown_as_text() {
    let Some(mut browser) = browser(&[]) else { return };
    let folder = tempfile::tempdir().unwrap();
    browser.open(&pages::report("hostile", folder.path()), "");
    is_quiet(&mut browser);
    assert!(!browser.text("document.title").contains("owned"));
    assert_eq!(browser.eval("document.querySelectorAll('img, iframe, object, main script').length"), json!(0));
    let table = browser.text("document.querySelector('.instant-table').textContent");
    assert!(table.contains(pages::HOSTILE), "{table}");
    // Its log lines, too: found by the filter, in the table and in full.
    browser.eval("interregnum.logs.text.value = 'onerror'; interregnum.logs.filter();");
    let line = browser.text("document.querySelector('.logs .rows-body .what').textContent");
    assert!(line.contains("</script><script>alert(1)</script><img src=x onerror=alert(2)>"), "{line}");
    browser.click(".logs .rows-body .row");
    browser.wait_for("!document.querySelector('.whole').hidden");
    assert!(browser.text("document.querySelector('.whole').textContent").contains("</script><script>"));
    browser.eval("interregnum.logs.text.value = 'huge huge'; interregnum.logs.filter();");
    assert!(browser.text("document.querySelector('.logs .rows-body .what').textContent").contains("red"));
    let everything = browser.text("document.body.textContent + JSON.stringify(interregnum.run.logs)");
    assert!(!everything.contains('\u{1b}') && !everything.contains("\\u001b"), "a control character reached the page");
    let events = browser.text("interregnum.run.nodes.map((node) => node.name).join()");
    assert!(events.contains(pages::HOSTILE) && !events.contains('\u{1b}'), "{events}");
    // Nothing is wider than the window because of a long word.
    browser.eval("interregnum.store.flush()");
    let overflow = browser.number("document.documentElement.scrollWidth - document.documentElement.clientWidth");
    assert!(overflow <= 1.0, "the page is {overflow} pixels too wide");
}

#[test]
fn two_fingers_zoom_about_the_place_between_them_and_one_pans() {
    let Some(mut browser) = browser(&[]) else { return };
    let folder = tempfile::tempdir().unwrap();
    let page = pages::report("ten-minute", folder.path());
    browser.open(&page, "");
    is_quiet(&mut browser);
    browser.call("Emulation.setTouchEmulationEnabled", json!({"enabled": true, "maxTouchPoints": 2}));
    browser.eval("document.querySelector('#lanes').scrollIntoView()");
    let [left, top] = ["left", "top"].map(|side| {
        browser.number(&format!("document.querySelector('.timeline-canvas').getBoundingClientRect().{side}"))
    });
    let [from, width] = ["x", "width"].map(|part| browser.number(&format!("interregnum.timeline.layout.box.{part}")));
    let middle = left + from + width / 2.0;
    let touch = |browser: &mut Browser, kind: &str, apart: &[f64]| {
        let points: Vec<_> =
            apart.iter().enumerate().map(|(id, x)| json!({"id": id, "x": middle + x, "y": top + 120.0})).collect();
        browser.call("Input.dispatchTouchEvent", json!({"type": kind, "touchPoints": points}));
    };
    let before = browser.number(VIEW);
    touch(&mut browser, "touchStart", &[-60.0, 60.0]);
    for step in 1..=6 {
        let x = 60.0 + 20.0 * f64::from(step);
        touch(&mut browser, "touchMove", &[-x, x]);
    }
    touch(&mut browser, "touchEnd", &[]);
    let after = browser.number(VIEW);
    // From 120 pixels apart to 360.
    assert!((before / after - 3.0).abs() < 0.2, "{before} became {after}");
    let between = "(interregnum.store.view.start + interregnum.store.view.end) / 2 / interregnum.store.length";
    let place = browser.number(between);
    assert!((place - 0.5).abs() < 0.02, "the middle stays in the middle: {place}");

    touch(&mut browser, "touchStart", &[0.0]);
    for step in 1..=5 {
        touch(&mut browser, "touchMove", &[-20.0 * f64::from(step)]);
    }
    touch(&mut browser, "touchEnd", &[]);
    assert!(browser.number(between) > place + 0.02, "a finger to the left shows what is later");
    assert!((browser.number(VIEW) / after - 1.0).abs() < 1e-6, "and zooms nothing");
}

#[test]
fn a_narrow_window_and_a_dark_one_lose_nothing() {
    let Some(mut browser) = browser(&[]) else { return };
    let folder = tempfile::tempdir().unwrap();
    let page = pages::report("safety-invalid", folder.path());
    browser.resize(700, 900, 2);
    browser.call(
        "Emulation.setEmulatedMedia",
        json!({"features": [
        {"name": "prefers-color-scheme", "value": "dark"}, {"name": "prefers-reduced-motion", "value": "reduce"}]}),
    );
    browser.open(&page, "");
    is_quiet(&mut browser);
    let overflow = browser.number("document.documentElement.scrollWidth - document.documentElement.clientWidth");
    assert!(overflow <= 1.0, "the page is {overflow} pixels too wide");
    let paper = browser.text("getComputedStyle(document.body).backgroundColor");
    assert_eq!(paper, "rgb(18, 20, 23)");
    // A reader who asked for less motion gets none: the view is there at once.
    let jumped = browser.number(&format!("(interregnum.store.goTo(2e10, 2e9), {VIEW})"));
    assert_eq!(jumped, 2e9);
}

#[test]
fn ten_hours_are_redrawn_within_a_frame_while_zooming() {
    if !is_wide("it draws a page of ten hours some thousand times") {
        return;
    }
    let Some(mut browser) = browser(&[]) else { return };
    let folder = tempfile::tempdir().unwrap();
    let page = pages::report("ten-hour-faults", folder.path());
    browser.open(&page, "");
    is_quiet(&mut browser);
    let rows = browser.number("interregnum.run.rows.length");
    let intervals = browser.number("interregnum.run.nodes.reduce((sum, node) => sum + node.roles.length, 0)");
    // In and out again through five orders of magnitude, about where a reader would point. The page itself draws the frames as
    // for a reader, and they are timed there. Other programs on the machine can make such a time longer but not shorter, so the
    // quietest of a few passes is the page's own.
    let pass = "new Promise((done) => { const { store, timeline } = interregnum; \
         store.setView({ start: 0, end: store.length }); timeline.times.length = 0; let frame = 0; \
         const step = () => { frame += 1; store.zoom(frame < 100 ? 0.89 : 1 / 0.89, store.length * 0.61); \
         if (frame < 200) requestAnimationFrame(step); else requestAnimationFrame(() => { \
         const times = [...timeline.times].sort((a, b) => a - b); done({ frames: times.length, \
         median: times[times.length >> 1], p95: times[Math.floor(times.length * 0.95)] }); }); }; step(); })";
    let bytes = std::fs::metadata(&page).unwrap().len();
    println!("ten hours: {bytes} bytes, {intervals} intervals, {rows} rows");
    for _ in 0..3 {
        let measured = browser.eval(pass);
        println!("milliseconds to draw a frame, by the clock: {measured}");
        assert!(measured["frames"].as_f64() > Some(150.0), "{measured}");
        if measured["p95"].as_f64() < Some(16.0) {
            break;
        }
    }
    // On a busy machine the clock says more of the others than of the page. So the verdict is on processor time: all that
    // the page's thread does for a frame, drawing, network and tables included. A shared core makes that longer, too,
    // and never shorter: again the quietest of a few passes counts.
    browser.call("Performance.enable", json!({"timeDomain": "threadTicks"}));
    let mut quietest = f64::INFINITY;
    for _ in 0..4 {
        let mut work = Vec::new();
        for frame in 0..100 {
            let factor = if frame < 50 { 0.8 } else { 1.0 / 0.8 };
            let before = browser.processor_time();
            browser.eval(&format!(
                "interregnum.store.zoom({factor}, interregnum.store.length * 0.61); interregnum.store.flush();"
            ));
            work.push((browser.processor_time() - before) * 1e3);
        }
        work.sort_by(f64::total_cmp);
        let (median, p95) = (work[work.len() / 2], work[work.len() * 95 / 100]);
        println!("milliseconds of processor time for a frame: median {median:.1}, p95 {p95:.1}");
        quietest = quietest.min(p95);
        if quietest < 12.0 {
            break;
        }
    }
    assert!(quietest < 16.0, "a frame takes {quietest} ms of processor time at the 95th percentile");
    // The one violation of ten hours has its flag in the view of the whole.
    browser.eval("interregnum.store.setView({ start: 0, end: interregnum.store.length }); interregnum.store.flush();");
    assert!(browser.number("interregnum.timeline.flags.length") >= 1.0);
    // A letter in the filter is answered at once, too.
    let filtering = browser.number(
        "(() => { const { events } = interregnum; events.text.value = 'term 7'; events.filter(); \
         const began = performance.now(); events.text.value = 'term 77'; events.filter(); return performance.now() - began; })()",
    );
    println!("a filter over {rows} rows: {filtering} ms");
    assert!(filtering < 1000.0, "{filtering} ms");
    assert!(browser.number("document.querySelectorAll('.row').length") < 200.0);
}

#[test]
fn ten_minutes_are_painted_soon() {
    let Some(mut browser) = browser(&[]) else { return };
    let folder = tempfile::tempdir().unwrap();
    let page = pages::report("ten-minute", folder.path());
    browser.open(&page, "");
    is_quiet(&mut browser);
    let painted = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime";
    browser.wait_for(&format!("{painted} > 0"));
    let [paint, ready] = [painted, "interregnum.readyAt"].map(|what| browser.number(what));
    let bytes = std::fs::metadata(&page).unwrap().len();
    // How soon depends on who else uses the machine, so it is shown and not judged; the size is ours alone.
    println!("ten minutes: {bytes} bytes, first paint after {paint:.0} ms, script ready after {ready:.0} ms");
    assert!(bytes < 1_000_000, "{bytes} bytes");
    assert!(paint > 0.0 && ready > 0.0);
}
