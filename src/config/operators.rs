//! Operators and their classes, seen together.

use std::sync::Arc;

use crate::config::fault::{Fault, Wrong};
use crate::config::layer::{Merged, OperatorClass};
use crate::config::text::fingerprint_digits;
use crate::core::NetworkLimits;
use crate::core::server::operators::{Operator, Privileges};
use crate::core::user_mask::Whom;
use crate::proto::names::Casemap;

/// The operators that the values come to; good only if `faults` is still empty.
pub(super) fn check(
    merged: &Merged,
    casemap: Casemap,
    limits: &NetworkLimits,
    faults: &mut Vec<Fault>,
) -> Vec<Arc<Operator>> {
    let unsure_of_operators = faults.iter().any(|fault| fault.key.starts_with("operator."));
    let unsure = faults.iter().any(|fault| fault.key.starts_with("operator_class"));
    let mut check = Check { merged, faults, unsure };
    let (classes, operators) = (&merged.raw.operator_class, &merged.raw.operator);
    check.twice("operator_class", classes.iter().map(|class| class.name.as_deref()));
    check.twice("operator", operators.iter().map(|operator| operator.name.as_deref()));
    for (row, class) in classes.iter().enumerate() {
        if let Some(other) = &class.inherits {
            check.known(row, "operator_class", "inherits", other);
            check.cycle(row);
        }
    }
    let mut good = Vec::new();
    for (row, operator) in operators.iter().enumerate() {
        let (Some(name), Some(class)) = (&operator.name, &operator.class) else { continue };
        let certificate = operator.certificate.as_deref().and_then(fingerprint_digits);
        if operator.password_hash.is_none() && certificate.is_none() && !unsure_of_operators {
            let wrong = Wrong::new("nobody could become this operator");
            check.fault(row, "operator", "name", wrong.hint("add password_hash or certificate"));
        }
        check.known(row, "operator", "class", class);
        let mask = |mask: &String| Whom::parse(mask.as_bytes(), casemap, limits.mask()).ok();
        let masks: Vec<_> = operator.masks.iter().filter_map(mask).collect();
        if masks.len() < operator.masks.len() {
            let long = format!("one of them is longer than the {} bytes that fit", limits.mask());
            check.fault(row, "operator", "masks", Wrong::new(long));
        }
        good.push(Arc::new(Operator {
            name: name.as_str().into(),
            password_hash: operator.password_hash.as_deref().map(Into::into),
            certificate: certificate.map(Into::into),
            class: class.as_str().into(),
            privileges: lineage(classes, class).fold(Privileges::default(), |all, class| {
                all.or(Privileges::of_names(class.privileges.iter().map(String::as_str)))
            }),
            masks,
        }));
    }
    good
}

/// The class of that name and those it inherits from, each once even where they form a ring.
fn lineage<'c>(
    classes: &'c [OperatorClass],
    name: &str,
) -> impl Iterator<Item = &'c OperatorClass> {
    let of_name = move |name: &str| classes.iter().find(|c| c.name.as_deref() == Some(name));
    let next = move |class: &&'c OperatorClass| class.inherits.as_deref().and_then(of_name);
    std::iter::successors(of_name(name), next).take(classes.len())
}

struct Check<'a> {
    merged: &'a Merged,
    faults: &'a mut Vec<Fault>,
    /// A class may be missing only because it is faulty by itself.
    unsure: bool,
}

impl Check<'_> {
    fn fault(&mut self, row: usize, table: &str, key: &str, wrong: Wrong) {
        let location = self.merged.location(&format!("{table}[{row}].{key}"));
        self.faults.push(wrong.at(location, format!("{table}.{key}")));
    }

    fn twice<'n>(&mut self, table: &str, names: impl Iterator<Item = Option<&'n str>>) {
        let names: Vec<_> = names.collect();
        for (row, name) in names.iter().enumerate().filter(|(_, name)| name.is_some()) {
            if names.iter().take(row).any(|other| other == name) {
                let name = name.unwrap_or_default();
                self.fault(row, table, "name", Wrong::new(format!("{name:?} is there twice")));
            }
        }
    }

    /// Refuses the name of a class that is not there.
    fn known(&mut self, row: usize, table: &str, key: &str, class: &str) {
        let classes = &self.merged.raw.operator_class;
        let mut names = classes.iter().map(|class| class.name.as_deref());
        if self.unsure || names.clone().any(|name| name == Some(class)) {
            return;
        }
        let wrong = Wrong::new(format!("there is no operator_class {class:?}"));
        let wrong = match names.next() {
            Some(_) => {
                let names = classes.iter().filter_map(|class| class.name.as_deref());
                wrong.did_you_mean(class, names)
            }
            None => wrong.hint("describe it under [[operator_class]]"),
        };
        self.fault(row, table, key, wrong);
    }

    /// Refuses a ring of classes, at the first of them.
    fn cycle(&mut self, row: usize) {
        let classes = &self.merged.raw.operator_class;
        let Some(class) = classes.get(row) else { return };
        let at = |class: &OperatorClass| classes.iter().position(|other| other.name == class.name);
        let above = class.inherits.iter().flat_map(|name| lineage(classes, name));
        let rows: Vec<_> = above.filter_map(at).collect();
        let ring = rows.iter().position(|other| *other == row);
        let first = |end| rows.iter().take(end).all(|other| *other >= row);
        if ring.is_some_and(first) {
            let name = class.name.as_deref().unwrap_or_default();
            let wrong = Wrong::new(format!("{name:?} inherits from itself in the end"));
            let wrong = wrong.hint("leave inherits out of the one with the fewest privileges");
            self.fault(row, "operator_class", "inherits", wrong);
        }
    }
}
