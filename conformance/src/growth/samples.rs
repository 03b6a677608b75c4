//! Processor time, taken often enough to mean something.

use std::io;
use std::time::Duration;

use tokio::time::sleep;

use super::{Extent, Point};

/// What is measured.
pub trait Work {
    /// What must be done each time before, and is not measured.
    async fn prepare(&mut self) -> io::Result<()> {
        Ok(())
    }

    /// Does it once, or a few times, and returns when all have heard of it: of how many things the
    /// time is the cost.
    async fn work(&mut self) -> io::Result<u64>;
}

/// The least of samples of at least `extent.sample` each, after one that only makes it warm: what
/// else the machine does only adds to them. `time` is the processor time so far.
pub async fn sample(
    extent: &Extent,
    size: usize,
    time: impl Fn() -> io::Result<Duration>,
    work: &mut impl Work,
) -> io::Result<Point> {
    let mut samples = Vec::new();
    for _ in 0..=extent.samples {
        let (mut spent, mut count) = (Duration::ZERO, 0);
        while spent < extent.sample {
            work.prepare().await?;
            let before = at_rest(&time).await?;
            count += work.work().await?;
            spent += at_rest(&time).await?.saturating_sub(before);
        }
        samples.push((spent, count));
    }
    Ok(point(size, samples.get(1..).unwrap_or_default()))
}

/// The time once it no longer grows: what a running thread has had since its last tick is not yet
/// in the figure.
async fn at_rest(time: impl Fn() -> io::Result<Duration>) -> io::Result<Duration> {
    let mut before = time()?;
    loop {
        sleep(Duration::from_millis(1)).await;
        let now = time()?;
        if now == before {
            return Ok(now);
        }
        before = now;
    }
}

/// Of samples, each a time and how many it was for.
fn point(size: usize, samples: &[(Duration, u64)]) -> Point {
    let count = samples.iter().map(|(_, count)| count).sum();
    let costs =
        samples.iter().map(|(spent, count)| spent.as_secs_f64() * 1e6 / (*count).max(1) as f64);
    let cost = costs.reduce(f64::min).unwrap_or_default();
    Point { size, count, cost }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_point_is_the_least_cost_of_its_samples() {
        let samples = [(3, 1), (100, 10), (1, 1)].map(|(us, n)| (Duration::from_micros(us), n));
        let point = point(7, &samples);
        assert_eq!((point.size, point.count, point.cost), (7, 12, 1.0));
    }
}
