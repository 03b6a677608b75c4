//! The plot.

use super::{Panel, Point};

const WIDTH: f64 = 360.0;
const HEIGHT: f64 = 240.0;
const MARGIN: f64 = 50.0;
const COLOURS: [&str; 5] = ["#1f5fa8", "#c0392b", "#2e8b57", "#8e44ad", "#b9770e"];

/// The panels side by side, each with a scale of powers of ten both ways.
pub fn plot(panels: &[Panel]) -> String {
    let across = WIDTH + 2.0 * MARGIN;
    let (width, height) = (panels.len() as f64 * across, HEIGHT + 2.0 * MARGIN);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
         font-family=\"sans-serif\" font-size=\"12\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n",
    );
    for (number, panel) in panels.iter().enumerate() {
        svg +=
            &format!("<g transform=\"translate({} {MARGIN})\">\n", number as f64 * across + MARGIN);
        svg += &draw(panel);
        svg += "</g>\n";
    }
    svg + "</svg>\n"
}

fn draw(panel: &Panel) -> String {
    let points = || panel.curves.iter().flat_map(|(_, points)| points);
    let x = Scale::over(points().map(|point| point.size as f64), WIDTH);
    let y = Scale::over(points().map(|point| point.cost), HEIGHT);
    let mut svg = format!("<path d=\"M0 0V{HEIGHT}H{WIDTH}\" fill=\"none\" stroke=\"black\"/>\n");
    svg += &text(0.0, -24.0, "start", &format!("µs of the server for each {}", panel.of));
    svg += &text(WIDTH / 2.0, HEIGHT + 36.0, "middle", panel.over);
    for power in x.powers() {
        svg += &text(x.at(power), HEIGHT + 18.0, "middle", &power.to_string());
    }
    for power in y.powers() {
        let down = HEIGHT - y.at(power);
        svg += &format!("<path d=\"M0 {down}H{WIDTH}\" stroke=\"#ddd\"/>\n");
        svg += &text(-6.0, down + 4.0, "end", &power.to_string());
    }
    // Above the first curve and below the second; more of them only the table tells apart.
    let below = |number| match number {
        _ if panel.curves.len() > 2 => None,
        0 => Some(-8.0),
        _ => Some(18.0),
    };
    for (number, ((name, points), colour)) in panel.curves.iter().zip(COLOURS).enumerate() {
        svg += &format!("<g fill=\"{colour}\">\n");
        svg += &curve(points, &x, &y, colour, below(number));
        svg += &text(WIDTH, 12.0 + 16.0 * number as f64, "end", name);
        svg += "</g>\n";
    }
    svg
}

/// A line through the points, with the costs so far below them.
fn curve(points: &[Point], x: &Scale, y: &Scale, colour: &str, below: Option<f64>) -> String {
    let (mut svg, mut line) = (String::new(), String::new());
    for Point { size, cost, .. } in points {
        let (across, down) = (x.at(*size as f64), HEIGHT - y.at(*cost));
        line += &format!("{}{across:.1} {down:.1}", if line.is_empty() { "M" } else { "L" });
        svg += &format!("<circle cx=\"{across:.1}\" cy=\"{down:.1}\" r=\"3\"/>\n");
        if let Some(below) = below {
            svg += &text(across, down + below, "middle", &format!("{cost:.2}"));
        }
    }
    svg + &format!("<path d=\"{line}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"/>\n")
}

fn text(x: f64, y: f64, anchor: &str, text: &str) -> String {
    format!("<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{text}</text>\n")
}

/// From the power of ten below all values to the one above.
struct Scale {
    first: f64,
    last: f64,
    length: f64,
}

impl Scale {
    fn over(values: impl Iterator<Item = f64>, length: f64) -> Self {
        let (least, most) =
            values.fold((f64::MAX, f64::MIN_POSITIVE), |(a, b), v| (a.min(v), b.max(v)));
        let (first, last) = (least.log10().floor(), most.log10().ceil());
        Self { first, last: last.max(first + 1.0), length }
    }

    fn at(&self, value: f64) -> f64 {
        (value.log10() - self.first) / (self.last - self.first) * self.length
    }

    fn powers(&self) -> impl Iterator<Item = f64> {
        (self.first as i32..=self.last as i32).map(|power| 10f64.powi(power))
    }
}
