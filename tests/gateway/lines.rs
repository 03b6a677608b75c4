//! Scripts on pipes of plain lines.

use std::{
    fs::{self, OpenOptions, Permissions},
    io::{BufRead, BufReader, Write},
    os::unix::fs::{MetadataExt, PermissionsExt},
    path::Path,
    process::Command,
    thread,
    time::Instant,
};

use crate::{Person, Program};

fn ops(more: &str) -> (Program, Person) {
    let config = "[[gateway.lines]]\nnick = \"deploys\"\nchannel = \"#ops\"\n\
                  input = \"run/ops.in\"\noutput = \"run/ops.out\"\npace = 1000\n";
    let server = Program::start(&[], &format!("{config}{more}"));
    let mut ann = Person::register(&server, "ann");
    ann.asks("JOIN #ops");
    while !ann.asks("NAMES #ops").join("\n").contains("deploys") {}
    (server, ann)
}

fn input(server: &Program) -> std::path::PathBuf {
    server.folder.path().join("run/ops.in")
}

#[test]
fn echo_speaks_in_the_channel_and_to_one_person() {
    let (server, mut ann) = ops("");
    let say = "echo 'build 42 is out' > run/ops.in; echo '/msg ann for you' > run/ops.in; \
               echo '/msg' > run/ops.in; echo '/msgs' > run/ops.in; \
               printf 'no end of line' > run/ops.in";
    let done = Command::new("sh").args(["-c", say]).current_dir(server.folder.path()).status();
    assert!(done.unwrap().success());
    for text in ["#ops :build 42 is out", "ann :for you", "#ops :/msgs", "#ops :no end of line"] {
        assert_eq!(ann.hears("PRIVMSG"), format!(":deploys!~deploys@pipe PRIVMSG {text}"));
    }
    assert!(server.log().contains("a line was refused"), "{}", server.log());
    assert!(ann.asks("WHOIS deploys").join("\n").contains(" 335 "), "a bot");
}

#[test]
fn what_comes_out_is_a_line_for_each_message_and_safe_to_parse() {
    let (server, mut ann) = ops("");
    let output = fs::File::open(server.folder.path().join("run/ops.out")).unwrap();
    // The gateway has it open by now, or this would still wait.
    ann.sends(
        "PRIVMSG #ops :build it \x02now\x02\x07\r\nPRIVMSG #ops :\x01ACTION waves\x01\r\n\
         PRIVMSG deploys :in private\r\nNOTICE #ops :a\ttab\r\nPRIVMSG #ops :\x01VERSION\x01\r\n\
         PRIVMSG #ops :end",
    );
    let lines = BufReader::new(output).lines().map(Result::unwrap);
    let heard: Vec<_> = lines.take_while(|line| line != "#ops ann end").collect();
    let expected = [
        "#ops ann build it now",
        "#ops ann * ann waves",
        "deploys ann in private",
        "#ops ann a tab",
    ];
    assert_eq!(heard, expected);
}

#[test]
fn lines_of_many_writers_are_never_mixed_and_none_is_lost() {
    let (server, mut ann) = ops("");
    let writers: Vec<_> = ["a", "b", "c", "d"]
        .into_iter()
        .map(|name| {
            let path = input(&server);
            thread::spawn(move || {
                for number in 0..100 {
                    let mut pipe = OpenOptions::new().append(true).open(&path).unwrap();
                    let line =
                        format!("{} {name} {number} {}\n", name.repeat(100), name.repeat(100));
                    pipe.write_all(line.as_bytes()).unwrap();
                }
            })
        })
        .collect();
    let mut next = [0; 4];
    for _ in 0..400 {
        let line = ann.hears("PRIVMSG #ops :");
        let words: Vec<_> = line.split_once(" :").unwrap().1.split(' ').collect();
        let writer = (words[1].as_bytes()[0] - b'a') as usize;
        assert_eq!(words[0], words[1].repeat(100));
        assert_eq!((words[0], words[2]), (words[3], next[writer].to_string().as_str()));
        next[writer] += 1;
    }
    writers.into_iter().for_each(|writer| writer.join().unwrap());
}

#[test]
fn long_lines_are_split_between_words_and_said_at_the_pace() {
    let (server, mut ann) = ops("private_prefix = \"@\"\n");
    let words: Vec<_> = (0..1000).map(|number| format!("word{number}")).collect();
    fs::write(input(&server), format!("{}\n", words.join(" "))).unwrap();
    let mut heard: Vec<String> = Vec::new();
    while heard.len() < words.len() {
        let line = ann.hears("PRIVMSG #ops :");
        heard.extend(line.split_once(" :").unwrap().1.split(' ').map(String::from));
    }
    assert_eq!(heard, words);
    drop(server);

    let config = "[[gateway.lines]]\nnick = \"slow\"\nchannel = \"#ops\"\n\
                  input = \"run/ops.in\"\npace = 20\n";
    let server = Program::start(&[], config);
    let mut ann = Person::register(&server, "ann");
    ann.asks("JOIN #ops");
    let start = Instant::now();
    let burst: String = (0..40).map(|number| format!("{number}\n")).collect();
    fs::write(input(&server), burst).unwrap();
    for number in 0..40 {
        assert!(ann.hears("PRIVMSG").ends_with(&format!(" :{number}")));
    }
    let took = start.elapsed().as_millis();
    assert!((1900..6000).contains(&took), "{took} ms for 40 messages at 20 a second");
}

#[test]
fn a_thousand_messages_a_second_are_said_at_a_pace_of_a_thousand() {
    let (server, mut ann) = ops("");
    let burst: String = (0..3000).map(|number| format!("{number}\n")).collect();
    fs::write(input(&server), burst).unwrap();
    ann.hears("PRIVMSG");
    let start = Instant::now();
    for _ in 1..3000 {
        ann.hears("PRIVMSG");
    }
    // A busy machine may be slower; src/gateway/lines.rs counts exactly.
    let took = start.elapsed().as_millis();
    assert!((2700..4500).contains(&took), "{took} ms for 3000 messages at 1000 a second");
}

#[test]
fn a_path_that_is_a_regular_file_is_refused_at_the_start() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("run")).unwrap();
    fs::write(folder.path().join("run/ops.in"), "").unwrap();
    let config = "[[listen]]\naddress = \"127.0.0.1:0\"\n[[gateway.lines]]\nnick = \"deploys\"\n\
                  channel = \"#ops\"\ninput = \"run/ops.in\"\n";
    let file = folder.path().join("c.toml");
    fs::write(&file, config).unwrap();
    let said = complaint(&file);
    assert!(said.contains("gateway.lines.input: "), "{said}");
    assert!(said.contains("run/ops.in: is a regular file, not a named pipe"), "{said}");
}

/// What `pipewright check` and the start say of these pipes, in a folder with `file`.
fn faults(pipes: &str) -> [String; 2] {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("file"), "precious").unwrap();
    let config = format!("[[listen]]\naddress = \"127.0.0.1:0\"\n{pipes}");
    let file = folder.path().join("c.toml");
    fs::write(&file, config).unwrap();
    let mut check = Command::new(env!("CARGO_BIN_EXE_pipewright"));
    crate::support::program::without_configuration(&mut check);
    let checked = check.args(["check", "--config"]).arg(&file).output().unwrap();
    assert_eq!(checked.status.code(), Some(1));
    let said = [String::from_utf8(checked.stderr).unwrap(), complaint(&file)];
    assert_eq!(fs::read_to_string(folder.path().join("file")).unwrap(), "precious");
    said
}

#[test]
fn a_pipe_that_cannot_be_used_is_told_by_check_and_at_the_start_with_its_key() {
    let script = "[[gateway.lines]]\nnick = \"deploys\"\nchannel = \"#ops\"\n";
    let link = "[[gateway.netchat]]\nname = \"office\"\nchannel = \"#office\"\n";
    for (pipes, key, says) in [
        (format!("{script}input = \"file\"\n"), "lines.input", "file: is a regular file, not a "),
        (format!("{script}input = \".\"\n"), "lines.input", "is a folder, not a named pipe"),
        (
            format!("{script}input = \"in\"\noutput = \"/dev/null\"\n"),
            "lines.output",
            "/dev/null: is a device, not a named pipe",
        ),
        (
            format!("{link}input = \"file/in\"\noutput = \"out\"\n"),
            "netchat.input",
            "file: is a regular file, not a folder",
        ),
        (
            format!("{link}input = \"in\"\noutput = \"file\"\n"),
            "netchat.output",
            "file: is a regular file",
        ),
    ] {
        for said in faults(&pipes) {
            assert!(said.contains(&format!("gateway.{key}: ")) && said.contains(says), "{said}");
        }
    }
}

#[test]
fn a_pipe_of_somebody_else_is_told_by_check_and_at_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let open = |path: &Path, mode| fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    open(folder.path(), 0o755);
    // Nobody but root may run something as another user, and nobody else is refused nothing.
    let is_root = fs::metadata(folder.path()).unwrap().uid() == 0;
    let program = folder.path().join("pipewright");
    fs::copy(env!("CARGO_BIN_EXE_pipewright"), &program).unwrap();
    let config = folder.path().join("c.toml");
    fs::write(
        &config,
        "[[listen]]\naddress = \"127.0.0.1:0\"\n[[gateway.netchat]]\nname = \"office\"\n\
         channel = \"#office\"\ninput = \"in\"\noutput = \"out\"\n",
    )
    .unwrap();
    for (name, mode) in [("in", 0o200), ("out", 0o400)] {
        let pipe = folder.path().join(name);
        assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        open(&pipe, mode);
    }
    for arguments in [&["check", "--config"][..], &["--config"]] {
        let mut command = Command::new(if is_root { "setpriv" } else { "env" });
        if is_root {
            command.args(["--reuid=65534", "--regid=65534", "--clear-groups"]);
        }
        crate::support::program::without_configuration(&mut command);
        let ended = command.arg(&program).args(arguments).arg(&config).output().unwrap();
        let said = String::from_utf8(ended.stderr).unwrap();
        assert_eq!(ended.status.code(), Some(1), "{said}");
        let path = folder.path().join("in");
        let told = format!("gateway.netchat.input: {}: this user may not read it", path.display());
        assert!(said.contains(&told), "{said}");
        assert!(!said.contains("shard"), "{said}");
    }
}

#[test]
fn ten_programs_that_write_line_by_line_are_never_mixed() {
    let (server, mut ann) = ops("");
    let folder = server.folder.path().to_owned();
    let lines: String =
        (0..20).map(|number| format!("{number:02} {}\n", "x".repeat(277))).collect();
    for name in 0..10 {
        fs::write(folder.join(format!("f{name}")), lines.replace('x', &name.to_string())).unwrap();
    }
    // As docs/gateway.md shows.
    let ways = [
        "while read -r line; do printf '%s\\n' \"$line\" > run/ops.in; done < $0",
        "while read -r line; do echo \"$line\"; done < $0 > run/ops.in",
        "grep --line-buffered '' $0 > run/ops.in",
        "stdbuf -oL sed -n p $0 > run/ops.in",
        "flock run/ops.lock cat $0 > run/ops.in",
    ];
    let mut writers: Vec<_> = (0..10)
        .map(|name| {
            Command::new("sh")
                .args(["-c", ways[name % ways.len()], &format!("f{name}")])
                .current_dir(&folder)
                .spawn()
                .unwrap()
        })
        .collect();
    let mut next = [0; 10];
    for _ in 0..200 {
        let line = ann.hears("PRIVMSG #ops :");
        let (number, text) = line.split_once(" :").unwrap().1.split_once(' ').unwrap();
        let writer = usize::from(text.as_bytes()[0] - b'0');
        assert_eq!(text, writer.to_string().repeat(277));
        assert_eq!(number, format!("{:02}", next[writer]));
        next[writer] += 1;
    }
    for writer in &mut writers {
        assert!(writer.wait().unwrap().success());
    }
}

#[test]
fn a_reader_that_does_not_keep_up_finds_a_line_that_says_how_much_is_missing() {
    let (server, mut ann) = ops("");
    let output = fs::File::open(server.folder.path().join("run/ops.out")).unwrap();
    let text = "x".repeat(400);
    let most = 24_000;
    for burst in 0..most / 100 {
        let lines: Vec<_> =
            (0..100).map(|at| format!("PRIVMSG #ops :{:05} {text}", burst * 100 + at)).collect();
        ann.asks(&lines.join("\r\n"));
    }
    ann.asks("PRIVMSG #ops :end of the burst");
    let mut lines = BufReader::new(output).lines().map(Result::unwrap);
    let mut next = 0;
    let missing = loop {
        let line = lines.next().unwrap();
        if let Some(told) = line.strip_prefix("* * ") {
            break told
                .split_once(" messages are missing here: ")
                .unwrap()
                .0
                .parse::<usize>()
                .unwrap();
        }
        assert!(line.starts_with(&format!("#ops ann {next:05} ")), "{line}");
        next += 1;
    };
    // With what the pipe holds.
    assert!(next * 414 >= 8 << 20, "the bound: {next} lines");
    assert_eq!(next + missing, most + 1);
    ann.asks("PRIVMSG #ops :and on");
    assert_eq!(lines.next().unwrap(), "#ops ann and on");
}

fn complaint(config: &Path) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pipewright"));
    crate::support::program::without_configuration(&mut command);
    let ended = command.arg("--config").arg(config).output().unwrap();
    assert!(!ended.status.success());
    String::from_utf8(ended.stderr).unwrap()
}
