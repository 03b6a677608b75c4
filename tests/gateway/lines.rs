//! Scripts on pipes of plain lines.

use std::{
    fs::{self, OpenOptions},
    io::{BufRead, BufReader, Write},
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

fn complaint(config: &Path) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pipewright"));
    crate::support::program::without_configuration(&mut command);
    let ended = command.arg("--config").arg(config).output().unwrap();
    assert!(!ended.status.success());
    String::from_utf8(ended.stderr).unwrap()
}
