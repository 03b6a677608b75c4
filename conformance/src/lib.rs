//! Scenario language and player.
