//! The one who may do everything.

use pipewright::core::server::operators::{Operator, PRIVILEGE_NAMES, Privileges};

/// What OPER must give.
pub const PASSWORD: &str = "right";

/// May do everything, once [`PASSWORD`] is given: nothing is hashed here.
pub fn operator() -> Operator {
    Operator {
        name: "oper".into(),
        password_hash: Some(PASSWORD.into()),
        certificate: None,
        class: "all".into(),
        privileges: Privileges::of_names(PRIVILEGE_NAMES.iter().copied()),
        masks: Vec::new(),
    }
}
