//! `growth PROGRAM SVG [--short]`: measures how the cost of a delivery grows, and draws it.

use std::path::Path;
use std::process::ExitCode;

use conformance::growth;

fn main() -> ExitCode {
    let args: Vec<_> = std::env::args().skip(1).collect();
    let is_short = args.iter().any(|arg| arg == "--short");
    let (Some(program), Some(svg)) = (args.first(), args.get(1)) else {
        eprintln!("growth PROGRAM SVG [--short]");
        return ExitCode::from(2);
    };
    if let Err(why) = rlimit::increase_nofile_limit(u64::MAX) {
        eprintln!("the limit of open files stays as it is: {why}");
    }
    println!("clients\tchannels\tdeliveries\tµs each");
    let done = growth::run(Path::new(program), is_short, |point| {
        let growth::Point { clients, channels, deliveries, cost } = point;
        println!("{clients}\t{channels}\t{deliveries}\t{cost:.3}");
    });
    match done.and_then(|curves| std::fs::write(svg, growth::plot(&curves))) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("{why}");
            ExitCode::FAILURE
        }
    }
}
