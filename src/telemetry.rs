//! Logs: fields rather than sentences, on standard error.
//!
//! What is logged never holds the text of messages, nor passwords.

use std::{
    fs::File,
    io::{self, IsTerminal},
    sync::Arc,
};

use tracing::{Subscriber, level_filters::LevelFilter};
use tracing_subscriber::{
    filter::Targets,
    fmt::{self, MakeWriter},
    prelude::*,
    reload,
};

use crate::command::AUDIT;
use crate::config::{Format, Level, Log};

/// Sends the records of the whole program to standard error, in colours only if that is a
/// terminal.  `RUST_LOG` is not asked.  A second call changes nothing.
pub fn init(log: &Log) -> Telemetry {
    let (subscriber, telemetry) = subscriber(log, io::stderr().is_terminal(), io::stderr);
    if tracing::subscriber::set_global_default(subscriber).is_err() {
        tracing::debug!("logs are set up already");
    }
    telemetry
}

/// The logs, as far as they can be changed while the program runs.
pub struct Telemetry {
    set: Box<dyn Fn(Log)>,
}

impl Telemetry {
    /// What these settings leave out is left out from here on; their format is that of the start.
    pub fn set(&self, log: Log) {
        (self.set)(log);
    }
}

/// Sends the records of a program without a configuration to the end of `file`, as text.
pub fn init_file(file: File) {
    let log = Log { level: Level::Info, format: Format::Text, audit: true };
    let (subscriber, _) = subscriber(&log, false, Arc::new(file));
    if tracing::subscriber::set_global_default(subscriber).is_err() {
        tracing::debug!("logs are set up already");
    }
}

fn subscriber<W>(
    log: &Log,
    colours: bool,
    writer: W,
) -> (Box<dyn Subscriber + Send + Sync>, Telemetry)
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    let (level, handle) = reload::Layer::new(filter(*log));
    // Fails only when the subscriber is gone, and with it whoever would read the log.
    let set = Box::new(move |log| drop(handle.reload(filter(log))));
    // A disk that is full must not stop anybody: telling of it on standard error panics.
    let lines = fmt::layer().with_ansi(colours).log_internal_errors(false).with_writer(writer);
    let levels = tracing_subscriber::registry().with(level);
    let subscriber: Box<dyn Subscriber + Send + Sync> = match log.format {
        Format::Text => Box::new(levels.with(lines)),
        Format::Json => Box::new(levels.with(lines.json().flatten_event(true))),
    };
    (subscriber, Telemetry { set })
}

/// The audit log has a switch of its own.
fn filter(log: Log) -> Targets {
    let audit = if log.audit { LevelFilter::INFO } else { LevelFilter::OFF };
    Targets::new().with_default(level(log.level)).with_target(AUDIT, audit)
}

fn level(level: Level) -> LevelFilter {
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
    use std::io::Write;

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
        written_with(Log { level, format, audit: true })
    }

    fn written_with(log: Log) -> String {
        let paper = Paper::default();
        let writer = paper.clone();
        let (subscriber, _) = subscriber(&log, false, move || writer.clone());
        tracing::subscriber::with_default(subscriber, || {
            tracing::warn!(peer = "127.0.0.1:1", "refused");
            tracing::info!(shard = 3, "started");
            tracing::info!(target: AUDIT, act = "KILL", "operator");
        });
        String::from_utf8_lossy(&paper.0.lock()).into_owned()
    }

    #[test]
    fn json_is_an_object_a_line_with_fields() {
        let text = written(Level::Info, Format::Json);
        assert_eq!(text.lines().count(), 3, "{text}");
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
        let log = Log { level: Level::Off, format: Format::Json, audit: false };
        assert_eq!(written_with(log), "");
    }

    #[test]
    fn the_audit_log_has_a_switch_of_its_own() {
        let log = Log { level: Level::Warn, format: Format::Text, audit: true };
        let text = written_with(log);
        assert!(text.contains("KILL") && !text.contains("started"), "{text}");
        let text = written_with(Log { level: Level::Trace, audit: false, ..log });
        assert!(!text.contains("KILL") && text.contains("started"), "{text}");
    }
}
