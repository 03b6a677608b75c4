//! Who takes part by pipes: what goes together and what does not.

use std::path::Path;

use crate::{fault, fine};

const OFFICE: &str = "[[gateway.netchat]]\nname = \"office\"\ninput = \"a\"\noutput = \"b\"\n\
                      channel = \"#office\"\n";

#[test]
fn pipes_are_found_from_the_folder_of_the_file_and_nothing_is_on_by_default() {
    let none = fine("").gateway;
    assert!(none.netchat.is_empty() && none.lines.is_empty() && none.workshop.is_none());
    let some =
        fine(&format!("{OFFICE}mode = \"0660\"\n[gateway.workshop]\nenabled = true\n")).gateway;
    let link = &some.netchat[0];
    assert!(link.input.is_absolute() && link.input.ends_with(Path::new("a")), "{link:?}");
    assert_eq!((&*link.name, link.mode), ("office", 0o660));
    let workshop = some.workshop.expect("it is on");
    assert_eq!(workshop.address.to_string(), "127.0.0.1:7000");
    let lines = "[[gateway.lines]]\nnick = \"ops\"\nchannel = \"#ops\"\ninput = \"in\"\n";
    let lines = &fine(lines).gateway.lines[0];
    assert_eq!((lines.pace, &*lines.private_prefix, lines.mode), (10, "/msg", 0o600));
}

#[test]
fn a_pipe_has_one_use_but_may_be_looped_onto_itself() {
    fine(&OFFICE.replace("\"b\"", "\"a\""));
    let twice = format!("{OFFICE}{}", OFFICE.replace("office", "annex").replace("\"a\"", "\"c\""));
    let (line, key, said) = fault(&twice);
    assert_eq!((line, key.as_str()), (9, "gateway.netchat.output"), "{said}");
    assert!(said.contains("is used above already"), "{said}");
}

#[test]
fn what_does_not_go_together_is_told_with_its_line() {
    let again = OFFICE.replace("\"a\"", "\"c\"").replace("\"b\"", "\"d\"");
    assert!(fault(&format!("{OFFICE}{again}")).2.contains("\"office\" is there twice"));
    let long = OFFICE.replace("#office", &format!("#{}", "x".repeat(64)));
    assert_eq!(fault(&long).1, "gateway.netchat.channel");
    let open = "[gateway.workshop]\nenabled = true\naddress = \"0.0.0.0:7000\"\n";
    assert!(fault(open).2.contains("plaintext_public = true"));
    fine(&format!("{open}plaintext_public = true\n"));
    let taken = "[gateway.workshop]\nenabled = true\naddress = \"127.0.0.1:6667\"\n";
    assert!(fault(taken).2.contains("is taken by 127.0.0.1:6667"));
    let figures = "[metrics]\naddress = \"127.0.0.1:6667\"\n";
    let (line, key, said) = fault(figures);
    assert_eq!((line, &*key), (2, "metrics.address"));
    assert!(said.contains("[[listen]]"), "{said}");
    let workshop = "[gateway.workshop]\nenabled = true\naddress = \"127.0.0.1:7000\"\n";
    let figures = "[metrics]\naddress = \"127.0.0.1:7000\"\n";
    assert!(fault(&format!("{workshop}{figures}")).2.contains("[gateway.workshop]"));
    assert!(
        fault("[[gateway.netchta]]\nname = \"x\"\n")
            .2
            .contains("did you mean \"gateway.netchat\"?")
    );
}
