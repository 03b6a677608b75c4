//! What the program promises to whoever types its name.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic")]

use std::{
    fs,
    io::{Read, Write},
    process::{Command, Output, Stdio},
};

use argon2::{Argon2, PasswordHash, PasswordVerifier};

/// Runs the program in an empty environment with this standard input.
fn pipewright(arguments: &[&str], input: &[u8]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_pipewright"))
        .args(arguments)
        .env_clear()
        .env("PIPEWRIGHT_SERVER__NETWORK", "Test")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // The program may end without reading.
    let _ = child.stdin.take().unwrap().write_all(input);
    child.wait_with_output().unwrap()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

/// A folder with a file of this text, and the file's path.
fn file(toml: &str) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("my.toml");
    fs::write(&path, toml).unwrap();
    let path = path.to_str().unwrap().to_owned();
    (folder, path)
}

#[test]
fn check_says_that_a_good_file_is_fine() {
    let (_folder, path) = file("[server]\nname = \"irc.example.org\"");
    let output = pipewright(&["check", "--config", &path], b"");
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_eq!(text(&output.stdout), format!("{path}: fine\n"));
    assert_eq!(text(&output.stderr), "");
}

#[test]
fn check_tells_warnings_beside_which_a_file_is_fine() {
    let (_folder, path) =
        file("[server]\nname = \"irc.example.org\"\n[store]\npath = \"none/a.db\"\n");
    let output = pipewright(&["check", "--config", &path], b"");
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_eq!(text(&output.stdout), format!("{path}: fine, with 1 warning\n"));
    let warning = text(&output.stderr);
    assert!(
        warning.starts_with(&format!("{path}:4: warning: store.path: the folder ")),
        "{warning}"
    );
}

/// A terminal of its own for the program, as script(1) makes it.
#[test]
fn on_a_terminal_a_password_is_asked_twice_and_not_shown() {
    for (again, is_right) in [("pass wort", false), ("pass wordx\x7f", true)] {
        let command = format!("{} hash-password", env!("CARGO_BIN_EXE_pipewright"));
        let mut child = Command::new("script")
            .args(["-qec", &command, "/dev/null"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("script is there, of util-linux");
        let (mut stdin, mut stdout) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        let mut shown = Vec::new();
        for (prompt, answer) in [("Password: ", "pass word"), ("Again: ", again)] {
            let mut byte = [0];
            while !String::from_utf8_lossy(&shown).ends_with(prompt) {
                let read = stdout.read(&mut byte).unwrap();
                assert!(read > 0, "no {prompt:?} in {:?}", String::from_utf8_lossy(&shown));
                shown.extend(byte);
            }
            write!(stdin, "{answer}\r").unwrap();
        }
        stdout.read_to_end(&mut shown).unwrap();
        assert_eq!(child.wait().unwrap().success(), is_right);
        let shown = String::from_utf8(shown).unwrap();
        assert!(!shown.contains("pass wor"), "{shown}");
        if is_right {
            let hash = shown.lines().map(str::trim).find(|line| line.starts_with("$argon2id$"));
            let hash = PasswordHash::new(hash.expect("a hash")).unwrap();
            assert!(Argon2::default().verify_password(b"pass word", &hash).is_ok());
        } else {
            assert!(shown.contains("the two are not the same"), "{shown}");
        }
    }
}

#[test]
fn check_and_run_tell_all_faults_and_exit_with_1() {
    let (_folder, path) = file("[server]\nnmae = \"a.b\"\nmotd_file = \"none.txt\"\nshards = 0");
    for arguments in [&["check", "--config", &path][..], &["--config", &path]] {
        let output = pipewright(arguments, b"");
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        assert_eq!(text(&output.stdout), "");
        let faults: Vec<_> = text(&output.stderr).lines().collect();
        assert_eq!(faults.len(), 3, "{faults:?}");
        for (fault, line) in faults.iter().zip(2..) {
            assert!(fault.starts_with(&format!("{path}:{line}: server.")), "{fault}");
        }
    }
}

#[test]
fn default_config_prints_a_configuration_that_is_fine() {
    let output = pipewright(&["default-config"], b"");
    assert_eq!(output.status.code(), Some(0));
    let (_folder, path) = file(text(&output.stdout));
    assert_eq!(pipewright(&["check", "--config", &path], b"").status.code(), Some(0));
}

#[test]
fn a_hashed_password_is_one_line_that_the_password_matches() {
    for input in ["pass word\n", "pass word\r\n", "pass word"] {
        let output = pipewright(&["hash-password"], input.as_bytes());
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        let hash = text(&output.stdout).strip_suffix('\n').unwrap();
        let parsed = PasswordHash::new(hash).unwrap();
        assert!(Argon2::default().verify_password(b"pass word", &parsed).is_ok());
        assert!(Argon2::default().verify_password(b"password", &parsed).is_err());
        let (_folder, path) = file(&format!("[server]\npassword_hash = \"{hash}\""));
        assert_eq!(pipewright(&["check", "--config", &path], b"").status.code(), Some(0));
    }
}

#[test]
fn a_password_that_no_client_could_send_is_not_hashed() {
    for input in [&b""[..], b"\n", b"a\0b\n", &[b'x'; 5_000]] {
        let output = pipewright(&["hash-password"], input);
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        assert_eq!(text(&output.stdout), "");
        assert!(text(&output.stderr).starts_with("pipewright: the password "), "{output:?}");
    }
}

#[test]
fn the_help_tells_the_commands_and_the_exit_codes() {
    let output = pipewright(&["--help"], b"");
    assert_eq!(output.status.code(), Some(0));
    for word in [
        "check",
        "default-config",
        "hash-password",
        "peer",
        "ring",
        "chat",
        "--config",
        "--version",
        "Exit codes",
    ] {
        assert!(text(&output.stdout).contains(word), "{word}");
    }
}

#[test]
fn the_version_is_the_packages() {
    let output = pipewright(&["--version"], b"");
    assert_eq!(text(&output.stdout), concat!("pipewright ", env!("CARGO_PKG_VERSION"), "\n"));
}

#[test]
fn a_senseless_command_line_exits_with_2() {
    for arguments in [&["check"][..], &["--no-such"], &["--config", "a", "default-config"]] {
        assert_eq!(pipewright(arguments, b"").status.code(), Some(2), "{arguments:?}");
    }
}
