//! `differential`: plays the shared scenarios against ngIRCd, which it starts and stops, and
//! compares with the list of known differences.

use std::process::ExitCode;

fn main() -> ExitCode {
    match conformance::differential::run(|line| println!("{line}")) {
        Ok(summary) => {
            println!("{}", summary.in_short());
            if summary.is_good() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Err(why) => {
            eprintln!("{why}");
            ExitCode::from(2)
        }
    }
}
