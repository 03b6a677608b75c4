//! Writes the first inputs of a target into a folder, and the dictionary of all: `seeds TARGET FOLDER`.

use std::path::Path;
use std::{env, fs, io};

use fuzz::seeds;

fn main() -> io::Result<()> {
    let mut args = env::args().skip(1);
    let (Some(target), Some(folder)) = (args.next(), args.next()) else {
        return Err(io::Error::other("seeds TARGET FOLDER"));
    };
    let inputs = Path::new(&folder).join(&target);
    fs::create_dir_all(&inputs)?;
    for (at, input) in seeds::of(&target).iter().enumerate() {
        fs::write(inputs.join(format!("seed-{at:04}")), input)?;
    }
    let quoted =
        |word: &Vec<u8>| -> String { word.iter().map(|byte| format!("\\x{byte:02x}")).collect() };
    let words: String =
        seeds::dictionary().iter().map(|word| format!("\"{}\"\n", quoted(word))).collect();
    fs::write(Path::new(&folder).join("dictionary"), words)
}
