//! `growth PROGRAM SVG [--short]`: measures how the server's cost grows, and draws it.

use std::path::Path;
use std::process::ExitCode;

use conformance::growth;

fn main() -> ExitCode {
    let args: Vec<_> = std::env::args().skip(1).collect();
    if let Err(why) = rlimit::increase_nofile_limit(u64::MAX) {
        eprintln!("the limit of open files stays as it is: {why}");
    }
    if let Some(addr) = args.iter().skip_while(|arg| *arg != growth::BARE).nth(1) {
        return match growth::write_bare(addr) {
            Ok(()) => ExitCode::SUCCESS,
            Err(why) => fail(&why),
        };
    }
    let is_short = args.iter().any(|arg| arg == "--short");
    let (Some(program), Some(svg)) = (args.first(), args.get(1)) else {
        eprintln!("growth PROGRAM SVG [--short]");
        return ExitCode::from(2);
    };
    println!("| cost of | size | seen | µs each |\n|---|---:|---:|---:|");
    let done = growth::run(Path::new(program), is_short, |what, point| {
        let growth::Point { size, count, cost } = point;
        println!("| {what} | {size} | {count} | {cost:.3} |");
    });
    match done.and_then(|panels| std::fs::write(svg, growth::plot(&panels))) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => fail(&why),
    }
}

fn fail(why: &std::io::Error) -> ExitCode {
    eprintln!("{why}");
    ExitCode::FAILURE
}
