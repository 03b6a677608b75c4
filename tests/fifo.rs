//! Named pipes whose other ends come, go, crash and return.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic")]

use std::{
    fs::{self, File, OpenOptions},
    io::{Read as _, Write as _},
    os::unix::fs::{FileTypeExt, OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
    thread,
    time::Duration,
};

use tempfile::TempDir;
use tokio::time::timeout;

use pipewright::gateway::fifo::{
    End, Fifo, Framed, Input, Outbox, Output, Read, Unheard, Went, inspect,
};

const PATIENCE: Duration = Duration::from_secs(10);

fn folder() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pipe");
    (folder, path)
}

fn input(path: &Path) -> Input {
    Input::open(Fifo::make(path, 0o600).unwrap(), 1000).unwrap()
}

fn output(path: &Path, limit: usize) -> (Output, Outbox) {
    let output = Output::new(Fifo::make(path, 0o600).unwrap(), limit);
    let outbox = output.outbox();
    (output, outbox)
}

/// What another program does to write; it never waits for a reader.
fn writer(path: &Path) -> File {
    OpenOptions::new().append(true).open(path).unwrap()
}

/// What another program does to read, without waiting for a writer.
fn reader(path: &Path) -> File {
    let nonblocking = rustix::fs::OFlags::NONBLOCK.bits() as i32;
    OpenOptions::new().read(true).custom_flags(nonblocking).open(path).unwrap()
}

async fn hears(input: &mut Input) -> (Read, Vec<String>) {
    let read = timeout(PATIENCE, input.wait()).await.expect("in time").unwrap();
    let mut lines = Vec::new();
    while let Some(framed) = input.next_line() {
        lines.push(match framed {
            Framed::Line(line) => String::from_utf8_lossy(line).into_owned(),
            Framed::TooLong => "(too long)".to_owned(),
        });
    }
    (read, lines)
}

async fn goes(output: &mut Output) -> Went {
    timeout(PATIENCE, output.wait()).await.expect("in time").unwrap()
}

/// CPU time of this thread so far.
fn busy() -> Duration {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(now.tv_sec as u64, now.tv_nsec as u32)
}

#[test]
fn a_missing_pipe_is_made_with_its_mode_and_anything_else_is_refused_with_the_next_step() {
    let (folder, path) = folder();
    Fifo::make(&path, 0o622).unwrap();
    let found = fs::metadata(&path).unwrap();
    assert!(found.file_type().is_fifo());
    assert_eq!(found.permissions().mode() & 0o777, 0o622);
    Fifo::make(&path, 0o600).unwrap();
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o622);

    let file = folder.path().join("file");
    fs::write(&file, "precious").unwrap();
    for (path, says) in [
        (file.clone(), "is a regular file, not a named pipe; move it away or name another path"),
        (folder.path().to_owned(), "is a folder, not a named pipe; move it away"),
        (folder.path().join("none/pipe"), "there is no such folder to make the pipe in; make it"),
        ("/dev/null".into(), "is a device, not a named pipe"),
    ] {
        let told = Fifo::make(&path, 0o600).unwrap_err().to_string();
        assert!(
            told.starts_with(&format!("{}: ", path.display())) && told.contains(says),
            "{told}"
        );
    }
    assert_eq!(fs::read_to_string(file).unwrap(), "precious");
}

#[tokio::test]
async fn writers_come_and_go_and_come_back() {
    let (_folder, path) = folder();
    let mut input = input(&path);
    for round in 0..3 {
        let mut one = writer(&path);
        let mut other = writer(&path);
        one.write_all(format!("one {round}\n").as_bytes()).unwrap();
        assert_eq!(hears(&mut input).await, (Read::Bytes, vec![format!("one {round}")]));
        drop(one);
        other.write_all(b"without an end").unwrap();
        assert_eq!(hears(&mut input).await, (Read::Bytes, vec![]));
        drop(other);
        assert_eq!(hears(&mut input).await, (Read::Lost, vec!["without an end".to_owned()]));
    }
}

#[tokio::test]
async fn a_burst_of_short_lived_writers_loses_nothing() {
    let (_folder, path) = folder();
    let mut input = input(&path);
    let there = path.clone();
    let echo = thread::spawn(move || {
        for number in 0..500 {
            writeln!(writer(&there), "{number}").unwrap();
        }
    });
    let mut heard = Vec::new();
    while heard.len() < 500 {
        heard.extend(hears(&mut input).await.1);
    }
    echo.join().unwrap();
    let wanted: Vec<_> = (0..500).map(|number| number.to_string()).collect();
    assert_eq!(heard, wanted);
}

#[tokio::test]
async fn a_long_line_is_told_and_the_next_is_read() {
    let (_folder, path) = folder();
    let mut input = input(&path);
    let mut writer = writer(&path);
    writer.write_all(&[b'x'; 10_000]).unwrap();
    assert_eq!(hears(&mut input).await, (Read::Bytes, vec!["(too long)".to_owned()]));
    writer.write_all(b"xxx\nfine\n").unwrap();
    assert_eq!(hears(&mut input).await, (Read::Bytes, vec!["fine".to_owned()]));
}

#[tokio::test]
async fn a_reader_may_come_later_leave_and_come_back() {
    let (_folder, path) = folder();
    let (mut output, outbox) = output(&path, 1 << 20);
    assert_eq!(outbox.push("nobody"), Err(Unheard::NoReader));
    assert!(timeout(Duration::from_millis(1), output.wait()).await.is_err());
    for round in 0..3 {
        let mut reader = reader(&path);
        assert_eq!(goes(&mut output).await, Went::ReaderCame);
        outbox.push(&format!("hello {round}")).unwrap();
        assert_eq!(goes(&mut output).await, Went::Drained { refused: 0 });
        let mut text = [0; 8];
        reader.read_exact(&mut text).unwrap();
        assert_eq!(&text[..], format!("hello {round}\n").as_bytes().get(..8).unwrap());
        drop(reader);
        assert_eq!(goes(&mut output).await, Went::ReaderLost { unsent: 0 });
        assert_eq!(outbox.push("nobody"), Err(Unheard::NoReader));
    }
}

#[tokio::test]
async fn a_reader_that_does_not_read_costs_a_bounded_number_of_bytes_and_is_told_what_it_missed() {
    let (_folder, path) = folder();
    let (mut output, outbox) = output(&path, 10_000);
    let mut reader = reader(&path);
    assert_eq!(goes(&mut output).await, Went::ReaderCame);
    let line = "x".repeat(999);
    let mut taken = 0_usize;
    let mut refused = 0;
    for _ in 0..200 {
        match outbox.push(&line) {
            Ok(()) => taken += 1,
            Err(why) => {
                assert_eq!(why, Unheard::Full);
                refused += 1;
            }
        }
        // Until the pipe is full: all is written that it takes.
        let _ = timeout(Duration::ZERO, output.wait()).await;
    }
    // What a pipe holds, a piece that is being written, and the queue.
    assert!((1..=64 + 4 + 10).contains(&taken), "{taken}");
    let mut read = 0;
    let went = loop {
        let mut bytes = [0; 4096];
        read += reader.read(&mut bytes).unwrap_or_default();
        if let Ok(went) = timeout(Duration::from_millis(1), output.wait()).await {
            break went.unwrap();
        }
    };
    assert_eq!(went, Went::Drained { refused });
    while read < taken * 1000 {
        let mut bytes = [0; 4096];
        read += reader.read(&mut bytes).unwrap();
    }
    assert_eq!(read, taken * 1000);
    assert_eq!(outbox.room(), 10_000);
}

#[tokio::test]
async fn a_reader_that_goes_with_lines_unread_takes_the_queue_with_it() {
    let (_folder, path) = folder();
    let (mut output, outbox) = output(&path, 1 << 20);
    let first = reader(&path);
    assert_eq!(goes(&mut output).await, Went::ReaderCame);
    for _ in 0..200 {
        outbox.push(&"x".repeat(999)).unwrap();
    }
    assert!(timeout(Duration::from_millis(1), output.wait()).await.is_err());
    drop(first);
    let Went::ReaderLost { unsent } = goes(&mut output).await else { panic!("not lost") };
    assert!((100..200).contains(&unsent), "{unsent}");
    let mut second = reader(&path);
    assert_eq!(goes(&mut output).await, Went::ReaderCame);
    outbox.push("fresh").unwrap();
    output.flush().await;
    let mut text = [0; 100];
    let read = second.read(&mut text).unwrap();
    assert_eq!(&text[..read], b"fresh\n");
}

#[tokio::test]
async fn a_reader_that_comes_as_the_last_one_goes_is_not_told_that_nobody_writes() {
    let (_folder, path) = folder();
    let (mut output, outbox) = output(&path, 1 << 20);
    let mut first = reader(&path);
    assert_eq!(goes(&mut output).await, Went::ReaderCame);
    for round in 0..20 {
        drop(first);
        // The system tells the runtime, and the writer looks only when the next one is there.
        let _ = timeout(Duration::from_millis(1), std::future::pending::<()>()).await;
        let mut second = reader(&path);
        assert_eq!(goes(&mut output).await, Went::ReaderLost { unsent: 0 });
        assert_eq!(outbox.push("nobody"), Err(Unheard::NoReader));
        let why = second.read(&mut [0; 1]).unwrap_err();
        assert_eq!(why.kind(), std::io::ErrorKind::WouldBlock, "the end of the pipe in {round}");
        assert_eq!(goes(&mut output).await, Went::ReaderCame);
        outbox.push("hello").unwrap();
        assert_eq!(goes(&mut output).await, Went::Drained { refused: 0 });
        let mut text = [0; 9];
        let read = second.read(&mut text).unwrap();
        assert_eq!(&text[..read], b"hello\n");
        first = second;
    }
}

#[tokio::test]
async fn what_does_not_fit_is_missing_in_one_place_if_that_is_wanted() {
    let (_folder, path) = folder();
    let mut output = Output::with_one_gap(Fifo::make(&path, 0o600).unwrap(), 100);
    let outbox = output.outbox();
    let mut reader = reader(&path);
    assert_eq!(goes(&mut output).await, Went::ReaderCame);
    outbox.push(&"x".repeat(60)).unwrap();
    assert_eq!(outbox.push(&"y".repeat(60)), Err(Unheard::Full));
    assert_eq!(outbox.push("short"), Err(Unheard::Full), "it would come before what is missing");
    assert_eq!(goes(&mut output).await, Went::Drained { refused: 2 });
    outbox.push("2 are missing").unwrap();
    outbox.push("short").unwrap();
    output.flush().await;
    let mut text = [0; 200];
    let read = reader.read(&mut text).unwrap();
    let text = String::from_utf8_lossy(&text[..read]).into_owned();
    assert_eq!(text, format!("{}\n2 are missing\nshort\n", "x".repeat(60)));
}

#[test]
fn what_would_keep_a_pipe_from_being_used_is_seen_without_making_it() {
    let (folder, path) = folder();
    let file = folder.path().join("file");
    fs::write(&file, "precious").unwrap();
    assert!(inspect(&path, End::Read).is_ok() && !path.exists());
    assert!(inspect(&folder.path().join("new/folder/pipe"), End::Write).is_ok());
    for (path, says) in [
        (file.clone(), "file: is a regular file, not a named pipe; move it away"),
        (folder.path().to_owned(), ": is a folder, not a named pipe; move it away"),
        (file.join("pipe"), "file: is a regular file, not a folder; move it away"),
        (file.join("new/pipe"), "file: is a regular file, not a folder; move it away"),
    ] {
        let told = inspect(&path, End::Read).unwrap_err().to_string();
        assert!(told.contains(says), "{told}");
    }
}

#[tokio::test]
async fn several_writers_never_mix_lines_that_the_kernel_takes_whole() {
    let (_folder, path) = folder();
    let mut input = input(&path);
    let write = |letter: &'static str| {
        let (mut output, outbox) = output(&path, 8 << 20);
        async move {
            assert_eq!(goes(&mut output).await, Went::ReaderCame);
            for length in 0..900 {
                outbox.push(&letter.repeat(length)).unwrap();
            }
            output.flush().await;
        }
    };
    let read = async {
        let mut lines = 0;
        while lines < 1800 {
            for line in hears(&mut input).await.1 {
                lines += 1;
                let first = line.get(..1).unwrap_or_default();
                assert_eq!(line, first.repeat(line.len()), "mixed");
            }
        }
    };
    tokio::join!(write("a"), write("b"), read);
}

#[tokio::test]
async fn a_pipe_that_is_removed_is_made_again_and_told() {
    let (_folder, path) = folder();
    let mut input = input(&path);
    let (mut output, _outbox) = output(&path, 1000);
    assert_eq!(goes(&mut output).await, Went::ReaderCame);
    fs::remove_file(&path).unwrap();
    let (heard, went) = tokio::join!(hears(&mut input), goes(&mut output));
    assert_eq!(heard, (Read::Lost, vec![]));
    assert_eq!(went, Went::ReaderLost { unsent: 0 });
    assert_eq!(goes(&mut output).await, Went::ReaderCame);
    writeln!(writer(&path), "again").unwrap();
    assert_eq!(hears(&mut input).await.1, ["again"]);
}

#[tokio::test]
async fn a_file_in_the_place_of_the_pipe_is_told_once_left_alone_and_got_over() {
    let (_folder, path) = folder();
    let (mut output, _outbox) = output(&path, 1000);
    fs::remove_file(&path).unwrap();
    fs::write(&path, "precious").unwrap();
    let told = timeout(PATIENCE, output.wait()).await.unwrap().unwrap_err().to_string();
    assert!(told.contains("is a regular file"), "{told}");
    assert!(timeout(Duration::from_millis(1), output.wait()).await.is_err());
    assert_eq!(fs::read_to_string(&path).unwrap(), "precious");
    fs::remove_file(&path).unwrap();
    Fifo::make(&path, 0o600).unwrap();
    let _reader = reader(&path);
    assert_eq!(goes(&mut output).await, Went::ReaderCame);
}

#[tokio::test]
async fn waiting_for_the_other_end_takes_no_time_of_the_processor() {
    let (folder, path) = folder();
    let mut input = input(&path);
    let (mut alone, _) = output(&folder.path().join("nobody"), 1000);
    drop(writer(&path));
    // The first writer has gone: from here on a careless reader would read its end for ever.
    let _ = timeout(Duration::from_millis(50), input.wait()).await;
    let before = busy();
    let idle = async { tokio::join!(input.wait(), alone.wait()) };
    assert!(timeout(Duration::from_secs(1), idle).await.is_err());
    assert!(busy() - before < Duration::from_millis(50), "{:?}", busy() - before);
}
