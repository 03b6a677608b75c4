//! Logs: fields rather than sentences, on standard error.
//!
//! What is logged never holds the text of messages, nor passwords.

use std::io::{self, IsTerminal};

use tracing::{Subscriber, level_filters::LevelFilter};
use tracing_subscriber::fmt::MakeWriter;

use crate::config::{Format, Level, Log};

/// Sends the records of the whole program to standard error, in colours only if that is a
/// terminal.  `RUST_LOG` is not asked.  A second call changes nothing.
pub fn init(log: &Log) {
    let subscriber = subscriber(log, io::stderr().is_terminal(), io::stderr);
    if tracing::subscriber::set_global_default(subscriber).is_err() {
        tracing::debug!("logs are set up already");
    }
}

fn subscriber<W>(log: &Log, colours: bool, writer: W) -> Box<dyn Subscriber + Send + Sync>
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    let builder = tracing_subscriber::fmt()
        .with_max_level(filter(log.level))
        .with_ansi(colours)
        // A disk that is full must not stop anybody: telling of it on standard error panics.
        .log_internal_errors(false)
        .with_writer(writer);
    match log.format {
        Format::Text => Box::new(builder.finish()),
        Format::Json => Box::new(builder.json().flatten_event(true).finish()),
    }
}

fn filter(level: Level) -> LevelFilter {
    match level {
        Level::Off => LevelFilter::OFF,
        Level::Error => LevelFilter::ERROR,
        Level::Warn => LevelFilter::WARN,
        Level::Info => LevelFilter::INFO,
        Level::Debug => LevelFilter::DEBUG,
        Level::Trace => LevelFilter::TRACE,
    }
}

#[cfg(test)]
mod tests {
    use std::{io::Write, sync::Arc};

    use parking_lot::Mutex;

    use super::*;

    #[derive(Clone, Default)]
    struct Paper(Arc<Mutex<Vec<u8>>>);

    impl Write for Paper {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn written(level: Level, format: Format) -> String {
        let paper = Paper::default();
        let writer = paper.clone();
        let subscriber = subscriber(&Log { level, format }, false, move || writer.clone());
        tracing::subscriber::with_default(subscriber, || {
            tracing::warn!(peer = "127.0.0.1:1", "refused");
            tracing::info!(shard = 3, "started");
        });
        String::from_utf8_lossy(&paper.0.lock()).into_owned()
    }

    #[test]
    fn json_is_an_object_a_line_with_fields() {
        let text = written(Level::Info, Format::Json);
        assert_eq!(text.lines().count(), 2, "{text}");
        assert!(text.lines().all(|line| line.starts_with('{') && line.ends_with('}')), "{text}");
        assert!(text.contains(r#""message":"started","shard":3"#), "{text}");
    }

    #[test]
    fn text_has_no_colours_when_nobody_sees_them() {
        let text = written(Level::Info, Format::Text);
        assert!(text.contains("started shard=3"), "{text}");
        assert!(!text.contains('\u{1b}'), "{text}");
    }

    #[test]
    fn what_is_less_important_than_the_level_is_left_out() {
        assert!(!written(Level::Warn, Format::Text).contains("started"));
        assert!(written(Level::Warn, Format::Text).contains("refused"));
        assert_eq!(written(Level::Off, Format::Json), "");
    }
}
