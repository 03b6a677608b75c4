//! Operators and their classes.

use std::sync::Arc;

use crate::{HASH, fault, faults_with, fine, said};
use pipewright::core::server::operators::{PRIVILEGES, Privileges};
use pipewright::core::user_mask::KnownAs;
use pipewright::core::{Origin, User};
use pipewright::proto::names::{Identity, Nick, ShardId, UserId};
use pipewright::proto::time::Now;

fn class(name: &str, rest: &str) -> String {
    format!("[[operator_class]]\nname = \"{name}\"\n{rest}\n")
}

fn operator(class: &str, rest: &str) -> String {
    format!(
        "[[operator]]\nname = \"alice\"\npassword_hash = \"{HASH}\"\nclass = \"{class}\"\n{rest}\n"
    )
}

#[test]
fn an_operator_may_do_what_its_class_and_those_it_inherits_from_say() {
    let text = [
        class("helper", "privileges = [\"wallops\"]"),
        class("net-admin", "inherits = \"admin\""),
        class("admin", "privileges = [\"kill\", \"die\"]\ninherits = \"helper\""),
        operator("net-admin", "masks = [\"*!*@127.0.0.1\", \"bob\"]"),
    ];
    let config = fine(&text.concat());
    let [alice] = config.settings.machine.operators.as_slice() else { panic!("one operator") };
    assert_eq!(
        (&*alice.name, &*alice.class, alice.password_hash.as_deref()),
        ("alice", "net-admin", Some(HASH))
    );
    let expected = Privileges::KILL.or(Privileges::DIE).or(Privileges::WALLOPS);
    assert_eq!(alice.privileges, expected);
    for (nick, address, may) in
        [("x", "127.0.0.1", true), ("BOB", "10.0.0.1", true), ("x", "10.0.0.1", false)]
    {
        assert_eq!(alice.may_be(&known(nick, address)), may, "{nick} at {address}");
    }
    let anywhere = fine(&[class("a", ""), operator("a", "")].concat());
    assert!(anywhere.settings.machine.operators[0].may_be(&known("x", "192.0.2.1")));
    assert_eq!(anywhere.settings.machine.operators[0].privileges, Privileges::default());
}

#[test]
fn an_operator_may_come_from_a_range_of_addresses_and_what_looks_like_one_must_be_one() {
    let with = |mask: &str| class("a", "") + &operator("a", &format!("masks = [\"{mask}\"]"));
    let config = fine(&with("*!*@10.0.0.0/8"));
    let [alice] = config.settings.machine.operators.as_slice() else { panic!("one operator") };
    assert!(alice.may_be(&known("x", "10.1.2.3")));
    assert!(!alice.may_be(&known("x", "11.1.2.3")));
    for mask in ["*!*@10.0.0.0/33", "*!*@2001:db8::/129", "*!*@10.0.0/8", "10.0.0.0/8"] {
        let (_, _, said) = fault(&with(mask));
        assert!(said.contains("range of addresses"), "{mask}: {said}");
    }
}

fn known(nick: &str, address: &str) -> KnownAs {
    let nick = Nick::parse(nick.as_bytes(), 30).expect("a nick");
    let origin = Arc::new(Origin::of(address.parse().expect("an address")));
    let identity = Arc::new(Identity::new(nick, "y", &origin.host));
    let now = Now { monotonic: 0, unix: 0 };
    let (id, home, realname) = (UserId::from_u64(1), ShardId(0), (*b"x").into());
    let user = User::new(id, home, origin, Arc::clone(&identity), realname, now.moment());
    user.known_as(&identity)
}

#[test]
fn each_privilege_is_taken_by_its_name_and_a_misspelled_one_is_refused() {
    for row in PRIVILEGES {
        let text = class("a", &format!("privileges = [\"{}\"]", row.name)) + &operator("a", "");
        assert_eq!(fine(&text).settings.machine.operators[0].privileges, row.set);
        let wrong = format!("{}x", row.name);
        let (line, key, said) = fault(&class("a", &format!("privileges = [\"{wrong}\"]")));
        assert_eq!((line, key.as_str()), (3, "operator_class.privileges"));
        assert!(said.ends_with(&format!("did you mean \"{}\"?", row.name)), "{said}");
    }
    let said = fault(&class("a", "privileges = [\"kill\", 1]")).2;
    assert!(said.contains("a whole number is not allowed in it; must be a list out of"), "{said}");
}

#[test]
fn an_unknown_class_is_refused_and_the_right_one_named() {
    let text = class("helper", "inherits = \"hepler\"") + &operator("helpr", "");
    let told: Vec<_> = faults_with(&text, &[]).iter().map(said).collect();
    assert_eq!(
        told,
        [
            "pipewright.toml:3: operator_class.inherits: there is no operator_class \"hepler\"; \
             did you mean \"helper\"?",
            "pipewright.toml:7: operator.class: there is no operator_class \"helpr\"; did you \
             mean \"helper\"?",
        ]
    );
    let alone = fault(&operator("helper", "")).2;
    assert!(alone.ends_with("describe it under [[operator_class]]"), "{alone}");
}

#[test]
fn classes_that_inherit_from_one_another_are_refused_once() {
    let ring = [
        class("below", "inherits = \"a\""),
        class("a", "inherits = \"b\""),
        class("b", "inherits = \"c\""),
        class("c", "inherits = \"a\""),
    ];
    let (line, key, said) = fault(&(ring.concat() + &operator("below", "")));
    assert_eq!((line, key.as_str()), (6, "operator_class.inherits"), "{said}");
    assert!(said.contains("\"a\" inherits from itself in the end"), "{said}");
    assert_eq!(fault(&class("a", "inherits = \"a\"")).0, 3);
}

#[test]
fn two_of_one_name_are_refused() {
    let text = class("a", "") + &class("a", "") + &operator("a", "") + &operator("a", "");
    let told: Vec<_> = faults_with(&text, &[]).iter().map(|fault| fault.key.clone()).collect();
    assert_eq!(told, ["operator_class.name", "operator.name"]);
}

#[test]
fn a_password_in_plain_text_is_refused_with_the_next_step_and_not_repeated() {
    let text = operator("a", "").replace(HASH, "hunter2") + &class("a", "");
    let (line, key, said) = fault(&text);
    assert_eq!((line, key.as_str()), (3, "operator.password_hash"));
    assert!(said.contains("pipewright hash-password") && !said.contains("hunter2"), "{said}");
}

#[test]
fn what_an_operator_needs_must_be_given_and_what_is_given_must_make_sense() {
    let told = faults_with("[[operator]]", &[]);
    let keys: Vec<_> = told.iter().map(|fault| fault.key.as_str()).collect();
    assert_eq!(keys, ["operator.name", "operator.class"]);
    let bare = operator("a", "").replace("password_hash", "#") + &class("a", "");
    assert!(fault(&bare).2.contains("add password_hash or certificate"));
    let print = format!("certificate = \"{}\"", "AB:".repeat(31) + "AB");
    let by_certificate = bare.replace("#", &format!("{print}\n#"));
    let certificate = fine(&by_certificate).settings.machine.operators[0].certificate.clone();
    assert_eq!(certificate.as_deref(), Some(&*"ab".repeat(32)));
    let said = fault(&(operator("a", "masks = [\"a b\"]") + &class("a", ""))).2;
    assert!(said.contains("\"a b\" is not a mask"), "{said}");
    let long = format!("masks = [\"{}\"]", "a".repeat(200));
    let said = fault(&(operator("a", &long) + &class("a", ""))).2;
    assert!(said.contains("longer than the 128 bytes"), "{said}");
}

#[test]
fn one_operator_can_come_from_the_environment() {
    let env = [
        ("PIPEWRIGHT_OPERATOR_CLASS__NAME", "a"),
        ("PIPEWRIGHT_OPERATOR_CLASS__PRIVILEGES", "kill die"),
        ("PIPEWRIGHT_OPERATOR__NAME", "alice"),
        ("PIPEWRIGHT_OPERATOR__PASSWORD_HASH", HASH),
        ("PIPEWRIGHT_OPERATOR__CLASS", "a"),
    ];
    let config = crate::load_with("", &env).unwrap();
    let privileges = config.settings.machine.operators[0].privileges;
    assert_eq!(privileges, Privileges::KILL.or(Privileges::DIE));
    let faults = faults_with("", &env[..4]);
    assert!(faults[0].to_string().contains("describe a [[operator]] without it"), "{faults:?}");
}
