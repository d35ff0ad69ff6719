//! The style sheet of every page: a light and a dark set of the same few colours, a system font, and print.
//!
//! Colour is never alone: verdicts have a sign and a word, roles a label and a tooltip, a paused process is hatched and
//! a dead one is empty.

use crate::plot::palette::VARIABLES;

/// The style sheet, with the rules that give embedded plots the page's colours.
pub fn sheet() -> String {
    let mut css = SHEET.to_owned();
    for (color, variable) in VARIABLES {
        let hex = format!("#{:02X}{:02X}{:02X}", color.0, color.1, color.2);
        for property in ["fill", "stroke"] {
            css.push_str(&format!(".plot [{property}=\"{hex}\"]{{{property}:var({variable})}}"));
        }
    }
    css
}

const SHEET: &str = r#"
:root{--paper:#fff;--page:#f6f7f9;--ink:#1b1c1d;--muted:#5c6570;--line:#dfe3e8;--link:#0b5fa5;
--leader:#0072b2;--on-leader:#fff;--candidate:#e69f00;--precandidate:#f3cf7a;--follower:#c5d0da;--unknown:#e9edf1;--on-role:#1b1c1d;
--fault:#cc79a7;--cut:#d58a5f;--kill:#8d96a0;--degrade:#b5ab4a;--bad:#c4321f;--bad-soft:#fbeae7;--ok:#0a7a50;--ok-soft:#e5f4ec;
--unsure:#8a5a00;--unsure-soft:#fdf3dc;--hatch:#fff}
@media (prefers-color-scheme:dark){:root{--paper:#1a1d21;--page:#121417;--ink:#e6e8ea;--muted:#9aa4af;--line:#31373e;--link:#74b7ee;
--leader:#3b9ddd;--on-leader:#06131d;--candidate:#eeb02e;--precandidate:#8f7532;--follower:#46525e;--unknown:#2a3037;--on-role:#e6e8ea;
--fault:#c987ab;--cut:#b9714a;--kill:#6f7984;--degrade:#8d8540;--bad:#ff7a66;--bad-soft:#3a1d19;--ok:#58c893;--ok-soft:#14301f;
--unsure:#e8b64c;--unsure-soft:#33280f;--hatch:#121417}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0;background:var(--page);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
main{max-width:1240px;margin:0 auto;padding:24px 20px 60px}
h1{font-size:22px;line-height:1.3;margin:0;overflow-wrap:anywhere}
h2{font-size:17px;margin:34px 0 10px}
h3{font-size:15px;margin:0 0 6px;overflow-wrap:anywhere}
p{margin:6px 0;max-width:80ch;overflow-wrap:anywhere}
a{color:var(--link);text-decoration:underline;text-decoration-thickness:1px;text-underline-offset:2px}a:hover{text-decoration-thickness:2px}
.muted{color:var(--muted)}.small{font-size:13px}
code,pre,.mono{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;font-size:12.5px}
.num{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
.card{background:var(--paper);border:1px solid var(--line);border-radius:8px;padding:16px 18px}
.verdict{border-left:6px solid var(--muted);padding:18px 22px}
.verdict.ok{border-left-color:var(--ok)}.verdict.bad{border-left-color:var(--bad)}.verdict.unsure{border-left-color:var(--unsure)}
.verdict .badge{font-size:17px;padding:3px 12px}
.verdict .sentence{font-size:19px;font-weight:600;margin:12px 0 4px;max-width:74ch}
.badge{display:inline-block;font-weight:650;font-size:13px;border-radius:5px;padding:1px 8px;white-space:nowrap;background:var(--unknown);color:var(--ink)}
.badge.ok{background:var(--ok-soft);color:var(--ok)}.badge.bad{background:var(--bad-soft);color:var(--bad)}.badge.unsure{background:var(--unsure-soft);color:var(--unsure)}
.found{margin:10px 0 0;padding-left:20px}.found li{margin:3px 0;overflow-wrap:anywhere}
dl.facts{display:grid;grid-template-columns:max-content 1fr;gap:5px 20px;margin:0}
dl.facts dt{color:var(--muted)}dl.facts dd{margin:0;overflow-wrap:anywhere;min-width:0}
.tiles{display:grid;grid-template-columns:repeat(auto-fill,minmax(176px,1fr));gap:10px}
.tile{background:var(--paper);border:1px solid var(--line);border-radius:8px;padding:10px 14px}
.tile b{display:block;font-size:21px;font-weight:620;font-variant-numeric:tabular-nums;line-height:1.35}
.tile span{color:var(--muted);font-size:13px;display:block;line-height:1.35}
.scroll{overflow:auto;max-height:72vh;background:var(--paper);border:1px solid var(--line);border-radius:8px}
table{border-collapse:collapse;width:100%;font-size:13.5px}
.scroll th,.scroll td{min-width:6em}.scroll th:first-child,.scroll td:first-child{min-width:9em}.scroll .num,.scroll .keep{min-width:0!important}
th{position:sticky;top:0;background:var(--paper);text-align:left;font-weight:600;color:var(--muted);box-shadow:inset 0 -1px 0 var(--line);z-index:1}
th,td{padding:5px 12px;vertical-align:top}th.num{text-align:right}
td{border-top:1px solid var(--line);overflow-wrap:anywhere}
tbody tr:first-child td{border-top:0}
td.keep,th.keep,.whole{white-space:nowrap}td.num,th.num,td.keep{width:1%}
tr:target td{background:var(--unsure-soft)}
:target{scroll-margin:90px}
.finding{margin:12px 0;border-left:5px solid var(--bad)}.finding.suspicion{border-left-color:var(--unsure)}
.finding:target{outline:2px solid var(--link)}
.evidence{margin:8px 0 0;padding:8px 10px;background:var(--page);border-radius:6px;overflow:auto;max-height:340px}
.evidence div{display:grid;grid-template-columns:76px 1fr;gap:10px;padding:2px 0}
.evidence code{overflow-wrap:anywhere;white-space:pre-wrap;min-width:0}
pre.command{background:var(--paper);border:1px solid var(--line);border-radius:8px;padding:10px 14px;overflow:auto;margin:6px 0;white-space:pre-wrap;overflow-wrap:anywhere}
.plots{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(460px,100%),1fr));gap:14px}
pre{max-width:100%;overflow:auto}
figure{margin:0}figure svg{display:block;width:100%;height:auto}figcaption{color:var(--muted);font-size:13px;margin-top:6px}
.timeline{display:flex;background:var(--paper);border:1px solid var(--line);border-radius:8px;overflow:hidden;padding:6px 0}
.timeline .names{flex:none;border-right:1px solid var(--line)}
.timeline .lanes{overflow-x:auto;flex:1;min-width:0}
.timeline svg{display:block}.timeline text{font:11px system-ui,-apple-system,"Segoe UI",Roboto,Arial,sans-serif;fill:var(--ink)}
.timeline .names text{font-size:12px}.timeline text.dim{fill:var(--muted)}.timeline text.n{font-weight:600;font-size:13px}
.r4{fill:var(--leader)}.r3{fill:var(--candidate)}.r2{fill:var(--precandidate)}.r1{fill:var(--follower)}.r0{fill:var(--unknown)}
.timeline text.t4{fill:var(--on-leader);font-weight:600;pointer-events:none}.timeline text.tr{fill:var(--on-role);pointer-events:none}.timeline text.t3{fill:#1b1c1d;pointer-events:none}
.grid{stroke:var(--line)}.base{stroke:var(--muted);stroke-dasharray:1 4}.phase0{fill:var(--unknown)}.phase1{fill:var(--follower)}
.timeline text.f{pointer-events:none}
.c0{fill:var(--unknown)}.c1{fill:var(--leader)}.c2{fill:var(--candidate)}.gone{fill:var(--bad);opacity:.75}
.stall{fill:var(--muted);opacity:.28}.mark line{stroke:var(--bad);stroke-width:1.5}.mark circle{fill:var(--bad)}.timeline .mark text{fill:var(--paper);font-weight:700}.timeline .mark text.more{fill:var(--bad)}
.mark.suspicion line{stroke:var(--unsure);stroke-dasharray:4 3}.mark.suspicion circle{fill:var(--unsure)}
.mark:target line{stroke-width:5}.won:target path{stroke:var(--link);stroke-width:4}.won path{fill:var(--leader)}
.legend{display:flex;flex-wrap:wrap;gap:4px 18px;margin:8px 2px 0;color:var(--muted);font-size:13px}
.legend svg{vertical-align:-2px;margin-right:6px}
.skip{opacity:.55}
.squares{display:flex;flex-wrap:wrap;gap:2px;padding:12px;max-height:60vh;overflow:auto}
.sq{display:inline-block;width:14px;height:14px;line-height:14px;border-radius:2px;font-style:normal;font-size:11px;font-weight:700;text-align:center;text-decoration:none;background:var(--unknown);color:var(--muted)}
.sq:hover{outline:2px solid var(--link)}
.sq.valid{background:var(--ok-soft);color:var(--ok)}.sq.invalid{background:var(--bad);color:var(--paper)}.sq.unknown{background:var(--unsure-soft);color:var(--unsure);box-shadow:inset 0 0 0 1px var(--unsure)}
.sq.harness{background:var(--follower);color:var(--on-role);box-shadow:inset 0 0 0 1px var(--muted)}
.pair{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(420px,100%),1fr));gap:14px;align-items:start}
.is-bad{color:var(--bad);font-weight:650}.is-unsure{color:var(--unsure);font-weight:650}
.shrunk{margin-top:10px;padding:8px 12px;border-left:4px solid var(--ok);background:var(--page);border-radius:4px}
footer{margin-top:40px;color:var(--muted);font-size:13px}
@media (max-width:640px){main{padding:14px 10px 40px}dl.facts{grid-template-columns:1fr;gap:0}dl.facts dd{margin-bottom:6px}th,td{padding:5px 8px}}
@media print{:root{--page:#fff}body{font-size:11px}main{max-width:none;padding:0}.scroll,.evidence{max-height:none;overflow:visible}
.timeline .lanes svg{width:100%;height:auto}.timeline .names{display:none}th{position:static}.card,.tile,.finding,tr{break-inside:avoid}h2{break-after:avoid}a{color:inherit}}
"#;
