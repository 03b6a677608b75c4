//! Files and folders that only their owner may read: snapshots have private messages in them.

use std::fs::{self, DirBuilder, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

/// Puts `text` in the place of the file at `path`, whoever could read that, at one moment.
pub fn replace(path: &Path, text: &str) -> io::Result<()> {
    let mut new = path.as_os_str().to_owned();
    new.push(".new");
    let new = Path::new(&new);
    match fs::remove_file(new) {
        Err(why) if why.kind() != io::ErrorKind::NotFound => return Err(why),
        // What was left by one that did not come to its end.
        _ => {}
    }
    // Only a file that is made here: not one that somebody has put there with other permissions.
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(new)?;
    file.write_all(text.as_bytes())?;
    fs::rename(new, path)
}

/// Makes the folder if it is missing, and takes from others what they may do in it.
pub fn private_folder(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)?;
    if fs::metadata(path)?.permissions().mode() & 0o077 != 0 {
        fs::set_permissions(path, Permissions::from_mode(0o700))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).expect("it is there").permissions().mode() & 0o777
    }

    #[test]
    fn what_others_could_read_before_they_cannot_afterwards() {
        let folder = tempfile::tempdir().expect("a folder");
        let inside = folder.path().join("office");
        let file = inside.join("history.json");
        fs::create_dir(&inside).expect("made");
        for there in [&file, &inside.join("history.json.new")] {
            fs::write(there, "old").expect("written");
            fs::set_permissions(there, Permissions::from_mode(0o644)).expect("set");
        }
        fs::set_permissions(&inside, Permissions::from_mode(0o755)).expect("set");
        private_folder(&inside).expect("made");
        replace(&file, "new").expect("written");
        assert_eq!((mode(&inside), mode(&file)), (0o700, 0o600));
        assert_eq!(fs::read_to_string(&file).expect("text"), "new");
        assert_eq!(fs::read_dir(&inside).expect("a folder").count(), 1);
        let made = folder.path().join("made");
        private_folder(&made).expect("made");
        assert_eq!(mode(&made), 0o700);
    }
}
