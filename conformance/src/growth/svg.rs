//! The plot.

use std::fmt::Write;

use super::Point;

const WIDTH: f64 = 360.0;
const HEIGHT: f64 = 240.0;
const MARGIN: f64 = 50.0;

/// Both curves side by side: cost over clients, and over channels of each.
pub fn plot(curves: &[Vec<Point>; 2]) -> String {
    let costs = curves.iter().flatten().map(|point| point.cost);
    let most = costs.fold(0.1, f64::max) * 1.2;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{}\" height=\"{}\" font-family=\"sans-serif\" \
         font-size=\"12\">\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n",
        2.0 * (WIDTH + 2.0 * MARGIN),
        HEIGHT + 2.0 * MARGIN,
    );
    let [by_clients, by_channels] = curves;
    let clients: Vec<_> = by_clients.iter().map(|point| (point.clients, point.cost)).collect();
    let channels: Vec<_> = by_channels.iter().map(|point| (point.channels, point.cost)).collect();
    panel(&mut svg, 0.0, "clients, in channels of ten", &clients, most);
    panel(&mut svg, WIDTH + 2.0 * MARGIN, "channels of each of 100 clients", &channels, most);
    svg + "</svg>\n"
}

/// One curve, over powers of ten.
fn panel(svg: &mut String, left: f64, what: &str, points: &[(usize, f64)], most: f64) {
    let decades = points.iter().map(|(x, _)| (*x as f64).log10());
    let (first, last) = (decades.clone().fold(f64::MAX, f64::min), decades.fold(0.0, f64::max));
    let across = |x: f64| left + MARGIN + (x.log10() - first) / (last - first).max(1.0) * WIDTH;
    let down = |y: f64| MARGIN + HEIGHT * (1.0 - y / most);
    let (bottom, right) = (MARGIN + HEIGHT, left + MARGIN + WIDTH);
    let mut add = |text: String| {
        // Writing to a string does not fail.
        let _ = writeln!(svg, "{text}");
    };
    let edge = left + MARGIN;
    add(format!("<path d=\"M{edge} {MARGIN}V{bottom}H{right}\" fill=\"none\" stroke=\"black\"/>"));
    add(format!(
        "<text x=\"{edge}\" y=\"{}\">µs of the server for each delivery</text>",
        MARGIN - 12.0
    ));
    add(format!(
        "<text x=\"{}\" y=\"{}\" text-anchor=\"middle\">{what}</text>",
        edge + WIDTH / 2.0,
        bottom + 36.0
    ));
    let mut line = String::new();
    for (at, &(x, cost)) in points.iter().enumerate() {
        let (h, v) = (across(x as f64), down(cost));
        line += &format!("{}{h:.1} {v:.1}", if at == 0 { "M" } else { "L" });
        add(format!("<circle cx=\"{h:.1}\" cy=\"{v:.1}\" r=\"3\"/>"));
        add(format!(
            "<text x=\"{h:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{cost:.2}</text>",
            v - 8.0
        ));
        add(format!(
            "<text x=\"{h:.1}\" y=\"{}\" text-anchor=\"middle\">{x}</text>",
            bottom + 18.0
        ));
    }
    add(format!("<path d=\"{line}\" fill=\"none\" stroke=\"#1f5fa8\" stroke-width=\"2\"/>"));
}
