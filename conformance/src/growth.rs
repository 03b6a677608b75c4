//! How the server's cost grows: with the clients, with their channels, and with what a command has
//! to send.
//!
//! Cost is the processor time of the server's own process (`/proc/PID/task/*/schedstat`, in
//! nanoseconds); what the clients cost is not counted. A point is the least of several samples.

mod bare;
mod crowd;
mod deliveries;
mod requests;
mod samples;
mod svg;

use std::io;
use std::path::Path;
use std::time::Duration;

pub use bare::{BARE, write as write_bare};
pub use svg::plot;

/// Members of each channel of which deliveries are measured.
const MEMBERS: usize = 10;

/// Curves over the same thing.
pub struct Panel {
    /// What is paid for.
    pub of: &'static str,
    /// What grows.
    pub over: &'static str,
    /// Each with its name.
    pub curves: Vec<(&'static str, Vec<Point>)>,
}

/// What one point of a curve came to.
#[derive(Clone, Copy, Debug)]
pub struct Point {
    /// How many there are of what grows.
    pub size: usize,
    /// How often what costs was seen, in all samples together.
    pub count: u64,
    /// Microseconds of the server's processor time for each.
    pub cost: f64,
}

/// How much is measured.
struct Extent {
    clients: &'static [usize],
    /// Channels of each client.
    channels: &'static [usize],
    /// Members of the channel, or channels, that a command has to tell of.
    told: &'static [usize],
    /// Of each point.
    samples: usize,
    /// The least processor time of a sample.
    sample: Duration,
}

const WHOLE: Extent = Extent {
    clients: &[10, 100, 1_000, 10_000],
    channels: &[1, 10, 100, 1_000],
    told: &[10, 100, 1_000, 5_000],
    samples: 7,
    sample: Duration::from_millis(100),
};

const SHORT: Extent = Extent {
    clients: &[10, 100],
    channels: &[1, 10],
    told: &[10, 100],
    samples: 1,
    sample: Duration::from_millis(10),
};

/// Measures all of it; `each` gets every point as it is known, and the curve it is of.
pub fn run(
    program: &Path,
    is_short: bool,
    mut each: impl FnMut(&str, &Point),
) -> io::Result<Vec<Panel>> {
    let extent = &if is_short { SHORT } else { WHOLE };
    let by_clients = [
        curve(extent.clients, "delivery", &mut each, |&size| {
            deliveries::measure(program, extent, size, 1)
        })?,
        curve(extent.clients, "bare write", &mut each, |&size| bare::measure(extent, size))?,
    ];
    let by_channels = curve(extent.channels, "by channels", &mut each, |&size| {
        let point = deliveries::measure(program, extent, 10 * MEMBERS, size)?;
        Ok(Point { size, ..point })
    })?;
    let mut curves = requests::NAMES.map(|name| (name, Vec::new()));
    for &size in extent.told {
        let points = requests::measure(program, extent, size)?;
        for ((name, curve), point) in curves.iter_mut().zip(points) {
            each(name, &point);
            curve.push(point);
        }
    }
    let of = "delivery";
    Ok(vec![
        Panel { of, over: "clients, in channels of ten", curves: by_clients.into() },
        Panel { of, over: "channels of each of 100 clients", curves: vec![by_channels] },
        Panel {
            of: "member or channel told of",
            over: "members of the channel; channels of LIST",
            curves: curves.into(),
        },
    ])
}

fn curve(
    sizes: &[usize],
    name: &'static str,
    mut each: impl FnMut(&str, &Point),
    measure: impl Fn(&usize) -> io::Result<Point>,
) -> io::Result<(&'static str, Vec<Point>)> {
    let points = sizes.iter().map(measure);
    let points: io::Result<_> =
        points.inspect(|done| done.iter().for_each(|point| each(name, point))).collect();
    Ok((name, points?))
}
