//! `timeline.svg`: the roles and terms of every node over the run, with the faults as bands behind them.

use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::{Drawn, Plot, draw, merge, palette, seconds, text};
use crate::file::ReportError;
use crate::model::{Life, Role, RunModel};
use crate::text::name;

const WIDTH: u32 = 1100;
const LABELS: i32 = 110;
const LANE: i32 = 30;
const TOP: i32 = 34;

pub(super) fn plot(model: &RunModel) -> Result<Plot, ReportError> {
    let lanes_below = model.lanes.len().max(1) + usize::from(!model.clients.is_empty());
    let height = TOP + LANE * lanes_below as i32 + 36;
    let svg = draw("timeline", (WIDTH, height as u32), |area| lanes(area, model, height))?;
    let clients = if model.clients.is_empty() { "" } else { " Last: clients, tall where they failed." };
    let caption = format!("Role and term of every node; shaded: a fault is in force; red: a violation.{clients}");
    Ok(Plot { name: "timeline", caption, svg })
}

pub(super) fn color(role: &Role) -> RGBColor {
    role.role.map_or(palette::UNKNOWN, of_role)
}

fn of_role(role: history::Role) -> RGBColor {
    match role {
        history::Role::Leader => palette::LEADER,
        history::Role::Candidate => palette::CANDIDATE,
        history::Role::Precandidate => palette::PRECANDIDATE,
        history::Role::Follower => palette::FOLLOWER,
    }
}

fn lanes(area: &super::Area<'_>, model: &RunModel, height: i32) -> Drawn {
    let right = WIDTH as i32 - 16;
    let span = model.length.max(1) as f64;
    let x = |t: u64| LABELS + ((right - LABELS) as f64 * (t.min(model.length) as f64 / span)).round() as i32;
    let bottom = height - 30;
    for fault in model.faults.iter().filter(|fault| fault.happened()) {
        let end = x(fault.end.unwrap_or(model.length)).max(x(fault.in_force) + 1);
        area.draw(&Rectangle::new([(x(fault.in_force), TOP - 6), (end, bottom)], palette::FAULT.mix(0.14).filled()))?;
    }
    for (index, lane) in model.lanes.iter().enumerate() {
        let top = TOP + index as i32 * LANE;
        let label = text(16, &palette::INK).pos(Pos::new(HPos::Right, VPos::Center));
        area.draw_text(&short(&lane.node), &label, (LABELS - 8, top + LANE / 2 - 2))?;
        area.draw(&PathElement::new(
            vec![(LABELS, top + LANE / 2), (right, top + LANE / 2)],
            palette::GRID.stroke_width(1),
        ))?;
        let scale = |t: u64| f64::from(x(t));
        for piece in merge::roles(&lane.roles, &scale, 1.5) {
            let (left, end) = (piece.left as i32, (piece.right as i32).max(piece.left as i32 + 1));
            area.draw(&Rectangle::new([(left, top + 4), (end, top + LANE - 6)], color(&piece.role).filled()))?;
            if piece.role.leads()
                && end - left > 26
                && let Some(term) = piece.role.term
            {
                let style = text(14, &palette::PAPER).pos(Pos::new(HPos::Center, VPos::Center));
                area.draw_text(&format!("t{term}"), &style, ((left + end) / 2, top + LANE / 2 - 1))?;
            }
        }
        for held in lane.process.iter().filter(|held| held.what == Life::Paused) {
            let (left, end) = (x(held.start), x(held.end).max(x(held.start) + 1));
            area.draw(&Rectangle::new([(left, top + 11), (end, top + LANE - 13)], palette::PAPER.filled()))?;
        }
    }
    clients(area, model, &x)?;
    for finding in &model.findings {
        let at = x(finding.violation.span[1]);
        area.draw(&PathElement::new(vec![(at, TOP - 14), (at, bottom)], palette::BAD.stroke_width(2)))?;
    }
    axis(area, model.length, &x, bottom)?;
    legend(area)
}

/// Below the nodes: a thin line where clients were answered, a tall bar where they were not.
fn clients(area: &super::Area<'_>, model: &RunModel, x: &dyn Fn(u64) -> i32) -> Drawn {
    if model.clients.is_empty() {
        return Ok(());
    }
    let top = TOP + LANE * model.lanes.len().max(1) as i32;
    let label = text(16, &palette::INK).pos(Pos::new(HPos::Right, VPos::Center));
    area.draw_text("clients", &label, (LABELS - 8, top + LANE / 2 - 2))?;
    // Of what shares a pixel, failing is drawn, and once.
    for answered in [true, false] {
        let mut drawn = i32::MIN;
        for held in model.clients.iter().filter(|held| held.what.answered == answered) {
            let (left, end) = (x(held.start).max(drawn), x(held.end).max(x(held.start) + 1));
            if end > drawn {
                let (colour, tall) = if answered { (palette::OK, 6) } else { (palette::BAD, LANE - 10) };
                let place = [(left, top + LANE - 6 - tall), (end, top + LANE - 6)];
                area.draw(&Rectangle::new(place, colour.filled()))?;
                drawn = end;
            }
        }
    }
    Ok(())
}

fn axis(area: &super::Area<'_>, length: u64, x: &dyn Fn(u64) -> i32, y: i32) -> Drawn {
    area.draw(&PathElement::new(vec![(x(0), y), (x(length), y)], palette::MUTED.stroke_width(1)))?;
    for tick in merge::ticks(length, 10) {
        area.draw(&PathElement::new(vec![(x(tick), y), (x(tick), y + 4)], palette::MUTED.stroke_width(1)))?;
        let style = text(14, &palette::MUTED).pos(Pos::new(HPos::Center, VPos::Top));
        area.draw_text(&format!("{} s", seconds(tick)), &style, (x(tick), y + 7))?;
    }
    Ok(())
}

fn legend(area: &super::Area<'_>) -> Drawn {
    use history::Role as R;
    let role = |role: R, width| (role.as_str(), of_role(role).filled(), width);
    let entries: [(&str, ShapeStyle, i32); 6] = [
        role(R::Leader, 68),
        role(R::Candidate, 86),
        role(R::Precandidate, 102),
        role(R::Follower, 76),
        ("paused: light stripe", palette::UNKNOWN.filled(), 134),
        ("fault in force", palette::FAULT.mix(0.3).filled(), 90),
    ];
    let mut left = LABELS;
    for (word, style, width) in entries {
        area.draw(&Rectangle::new([(left, 8), (left + 12, 18)], style))?;
        let label = text(14, &palette::MUTED).pos(Pos::new(HPos::Left, VPos::Center));
        area.draw_text(word, &label, (left + 17, 13))?;
        left += width + 14;
    }
    Ok(())
}

fn short(node: &str) -> String {
    let label = name(node);
    if label.chars().count() <= 12 { label } else { format!("{}…", label.chars().take(11).collect::<String>()) }
}
