//! `abuse PROGRAM [--short] [CASE]`: abuses the server that the program is, case by case, and prints
//! what those noticed who behaved.

use std::path::Path;
use std::process::ExitCode;

use conformance::abuse::{self, Size};

fn main() -> ExitCode {
    let mut args: Vec<_> = std::env::args().skip(1).collect();
    let is_short = args.iter().position(|arg| arg == "--short").map(|at| args.remove(at)).is_some();
    let size = if is_short { Size::Short } else { Size::Full };
    let Some(program) = args.first() else {
        eprintln!("abuse PROGRAM [--short] [CASE]");
        return ExitCode::from(2);
    };
    if let Err(why) = rlimit::increase_nofile_limit(u64::MAX) {
        eprintln!("the limit of open files stays as it is: {why}");
    }
    let only = args.get(1).map_or("", String::as_str);
    match abuse::run(Path::new(program), size, only, |one| eprintln!("{}: {}", one.name, one.done))
    {
        Ok(outcomes) => {
            print!("{}", abuse::table(&outcomes));
            let good = outcomes.iter().all(|one| one.due == one.heard && !one.has_ended);
            if good { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Err(why) => {
            eprintln!("{why}");
            ExitCode::from(2)
        }
    }
}
