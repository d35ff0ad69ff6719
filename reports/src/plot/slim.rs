//! The same picture in fewer bytes.
//!
//! A plot of a long run is thousands of small rectangles, dots and lines, and the backend writes each as an element of a
//! hundred bytes. Neighbours of one kind and colour become one path here, twenty bytes for each. Where shapes of
//! a half-transparent colour overlap they no longer darken each other, which is what a band wants anyway.

/// The picture with runs of alike shapes drawn as paths.
pub(super) fn slim(svg: &str) -> String {
    let mut out = String::with_capacity(svg.len() / 3);
    let mut open: Option<(String, String)> = None;
    for line in svg.lines() {
        match shape(line) {
            Some((style, d)) => match &mut open {
                Some((before, path)) if *before == style => path.push_str(&d),
                _ => {
                    close(&mut out, open.take());
                    open = Some((style, d));
                }
            },
            None => {
                close(&mut out, open.take());
                out.push_str(&line.replace(" opacity=\"1\"", "").replace(" stroke=\"none\"", ""));
                out.push('\n');
            }
        }
    }
    close(&mut out, open);
    out
}

fn close(out: &mut String, path: Option<(String, String)>) {
    if let Some((style, d)) = path {
        out.push_str(&format!("<path {style} d=\"{d}\"/>\n"));
    }
}

/// What a line draws, as the style and the data of a path; none if it is something else.
fn shape(line: &str) -> Option<(String, String)> {
    let inner = line.strip_suffix("/>")?;
    let number = |name: &str| attribute(inner, name)?.parse::<f64>().ok();
    if let Some(rect) = inner.strip_prefix("<rect ").filter(|rect| !rect.contains(" rx=")) {
        let (x, y, width, height) = (number("x")?, number("y")?, number("width")?, number("height")?);
        return Some((filled(rect)?, format!("M{x} {y}h{width}v{height}h-{width}z")));
    }
    if let Some(circle) = inner.strip_prefix("<circle ") {
        let (x, y, r) = (number("cx")?, number("cy")?, number("r")?);
        let d = 2.0 * r;
        return Some((filled(circle)?, format!("M{} {y}a{r} {r} 0 1 0 {d} 0a{r} {r} 0 1 0 -{d} 0z", x - r)));
    }
    let polyline = inner.strip_prefix("<polyline ")?;
    let (stroke, width) = (attribute(polyline, "stroke")?, attribute(polyline, "stroke-width")?);
    let points = attribute(polyline, "points")?.trim().replace(',', " ");
    let style = format!("fill=\"none\" stroke=\"{stroke}\" stroke-width=\"{width}\"{}", opacity(polyline)?);
    Some((style, format!("M{points}")))
}

/// The style of a shape that is filled and has no outline.
fn filled(shape: &str) -> Option<String> {
    let fill = attribute(shape, "fill").filter(|fill| fill.starts_with('#'))?;
    attribute(shape, "stroke").is_none_or(|stroke| stroke == "none").then_some(())?;
    Some(format!("fill=\"{fill}\"{}", opacity(shape)?))
}

fn opacity(shape: &str) -> Option<String> {
    let opacity = attribute(shape, "opacity")?;
    Some(if opacity == "1" { String::new() } else { format!(" opacity=\"{opacity}\"") })
}

fn attribute<'a>(element: &'a str, name: &str) -> Option<&'a str> {
    let at = if element.starts_with(&format!("{name}=\"")) {
        name.len() + 2
    } else {
        element.find(&format!(" {name}=\""))? + name.len() + 3
    };
    element[at..].split('"').next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_of_one_colour_are_one_path_and_the_order_of_colours_stays() {
        let rect = |x: u32, fill: &str| {
            format!(
                "<rect x=\"{x}\" y=\"2\" width=\"3\" height=\"4\" opacity=\"0.14\" fill=\"{fill}\" stroke=\"none\"/>\n"
            )
        };
        let svg = format!("<svg>\n{}{}{}</svg>\n", rect(1, "#AA0000"), rect(9, "#AA0000"), rect(5, "#00AA00"));
        let path = |fill: &str, d: &str| format!("<path fill=\"{fill}\" opacity=\"0.14\" d=\"{d}\"/>\n");
        let expected = format!(
            "<svg>\n{}{}</svg>\n",
            path("#AA0000", "M1 2h3v4h-3zM9 2h3v4h-3z"),
            path("#00AA00", "M5 2h3v4h-3z")
        );
        assert_eq!(slim(&svg), expected);
    }

    #[test]
    fn dots_and_lines_become_paths_and_what_has_an_outline_stays() {
        let line = "<polyline fill=\"none\" opacity=\"1\" stroke=\"#5C6570\" stroke-width=\"2\" points=\"1,2 3,4 \"/>";
        assert_eq!(slim(line), "<path fill=\"none\" stroke=\"#5C6570\" stroke-width=\"2\" d=\"M1 2 3 4\"/>\n");
        let dot =
            "<circle cx=\"9\" cy=\"5\" r=\"4\" opacity=\"1\" fill=\"#E69F00\" stroke=\"none\" stroke-width=\"1\"/>";
        assert_eq!(slim(dot), "<path fill=\"#E69F00\" d=\"M5 5a4 4 0 1 0 8 0a4 4 0 1 0 -8 0z\"/>\n");
        let ring =
            "<circle cx=\"9\" cy=\"5\" r=\"4\" opacity=\"1\" fill=\"none\" stroke=\"#E69F00\" stroke-width=\"2\"/>";
        assert!(slim(ring).starts_with("<circle"));
    }
}
