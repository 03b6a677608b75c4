//! Known differences: scenarios that a server is known to fail, each with its reason.

/// A scenario's title and the reason for its failure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// The title of the scenario.
    pub title: String,
    /// What the server does instead, and why that is not our fault.
    pub reason: String,
}

/// Reads a list: `## title`, then the reason as text. What stands before the first title is
/// for readers only.
pub fn read(text: &str) -> Vec<Known> {
    let mut all: Vec<Known> = Vec::new();
    for line in text.lines() {
        if let Some(title) = line.strip_prefix("## ") {
            all.push(Known { title: title.trim().to_owned(), reason: String::new() });
        } else if let Some(last) = all.last_mut() {
            last.reason = format!("{} {}", last.reason, line.trim()).trim().to_owned();
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_title_has_its_reason() {
        let all =
            read("# Differences\n\nabout\n\n## one thing\nIt does\nthat.\n\n## another\nNo.\n");
        assert_eq!(all.len(), 2);
        assert_eq!(all[0].reason, "It does that.");
    }
}
