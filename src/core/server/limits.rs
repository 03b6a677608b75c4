//! The limits of the configuration: those that decide what an operation does, and those of this
//! machine.  Lengths are in bytes, times in milliseconds unless the name says otherwise.

/// Limits that decide what an operation does; the same on every machine of a network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NetworkLimits {
    /// A line without its tags, CR LF included (RFC 1459, section 2.3).  ISUPPORT `LINELEN`.
    pub line: usize,
    /// ISUPPORT `NICKLEN`.
    pub nick: usize,
    /// With the `~` before it.  ISUPPORT `USERLEN`.
    pub user: usize,
    /// ISUPPORT `CHANNELLEN`.
    pub channel: usize,
    /// ISUPPORT `TOPICLEN`.
    pub topic: usize,
    /// ISUPPORT `KICKLEN`.
    pub kick: usize,
    /// ISUPPORT `AWAYLEN`.
    pub away: usize,
    /// ISUPPORT `NAMELEN`.
    pub realname: usize,
    /// ISUPPORT `KEYLEN`.
    pub key: usize,
    /// Text of PART and QUIT.
    pub reason: usize,
    /// Channels a user may be in: ISUPPORT `CHANLIMIT`.
    pub channels_per_user: usize,
    /// Entries of the lists b, e and I of a channel together: ISUPPORT `MAXLIST`.
    pub list_entries: usize,
    /// Mode changes with a parameter in one line that is told; a command may have more, which are
    /// told in several.  ISUPPORT `MODES`.
    pub modes_per_command: usize,
    /// Targets of one PRIVMSG, NOTICE, TAGMSG, WHOIS or WHOWAS: ISUPPORT `TARGMAX`.
    pub targets: usize,
    /// Invitations a user may hold at once; the oldest goes first.
    pub invitations: usize,
    /// Nicks on a user's list of MONITOR, and as many on that of WATCH: ISUPPORT `MONITOR` and
    /// `WATCH`.
    pub monitor: usize,
    /// How long after a KNOCK its user, and its channel, take no other.
    pub knock_interval_ms: u64,
    /// Masks on a user's list of SILENCE: ISUPPORT `SILENCE`.
    pub silence: usize,
    /// Users on a user's list of ACCEPT: ISUPPORT `ACCEPT`.
    pub accept: usize,
    /// Bans of the server: KLINE, DLINE and MUTE together.
    pub bans: usize,
    /// Channels that stay without members.
    pub permanent_channels: usize,
    /// Bytes of a message of several lines, and how many lines: told as the value of
    /// `draft/multiline`, which is not on offer where one of them is 0.
    pub multiline_bytes: usize,
    /// See `multiline_bytes`.
    pub multiline_lines: usize,
    /// Messages of a channel, and private ones of a user, that can be taken back by REDACT; 0: none
    /// can.
    pub redactable: usize,
    /// Keys of metadata that a user or a channel may have; 0: `draft/metadata-2` is not on offer.
    pub metadata_keys: usize,
    /// Bytes of the value of one.
    pub metadata_value: usize,
    /// Keys of metadata whose changes a connection may be told of.
    pub metadata_subscriptions: usize,
    /// Past nicks that WHOWAS remembers.
    pub whowas: usize,
}

/// Limits of this machine: its connections, their queues and their rates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MachineLimits {
    /// Tags that a client may send, `@` and the space included (IRCv3 message-tags, section
    /// "Size limit"): 4096 of the 8191 bytes of tags a line may carry.
    pub client_tags: usize,
    /// Bytes that may wait for one client (SendQ).
    pub sendq: usize,
    /// Connections at once.
    pub connections: usize,
    /// Connections from which on new clients go to another shard.
    pub connections_per_shard: usize,
    /// Connections at once from one address (of IPv6: from one /64); loopback does not count.
    pub connections_per_address: usize,
    /// Connections at once from one range of addresses; loopback does not count.
    pub connections_per_range: usize,
    /// Bits that the addresses of a range of IPv4 have in common.
    pub ipv4_range: u8,
    /// The same of IPv6.
    pub ipv6_range: u8,
    /// Connections that may come from one address at once, in any order of going and coming.
    pub connect_burst: usize,
    /// Those that may come in a minute, on and on; 0: as many as they like.
    pub connect_rate: usize,
    /// As `connect_burst`, of one range.
    pub range_connect_burst: usize,
    /// As `connect_rate`, of one range.
    pub range_connect_rate: usize,
    /// Wrong passwords (PASS, OPER) from one address, after which no more are tried for a while.
    pub wrong_passwords: usize,
    /// After how long one more may be tried; 0: always.
    pub wrong_password_every_ms: u64,
    /// Tokens that a client's bucket holds: what it may send at once.
    pub flood_burst: usize,
    /// Tokens that come back in a second; 0: no flood control.
    pub flood_rate: usize,
    /// How long a connection may take to register.
    pub registration_ms: u64,
    /// Silence after which a client is asked by PING.
    pub ping_interval_ms: u64,
    /// How long a client may take to answer.
    pub ping_timeout_ms: u64,
}

impl NetworkLimits {
    /// The longest mask of a channel's lists.  The check of the configuration sees to it that such
    /// a mask fits into a line with all that stands around it.
    pub const fn mask(&self) -> usize {
        self.line / 4
    }
}

impl Default for NetworkLimits {
    fn default() -> Self {
        Self {
            line: 512,
            nick: 30,
            user: 18,
            channel: 64,
            topic: 390,
            kick: 390,
            away: 390,
            realname: 128,
            key: 64,
            reason: 390,
            channels_per_user: 100,
            list_entries: 100,
            modes_per_command: 6,
            targets: 8,
            invitations: 32,
            monitor: 100,
            knock_interval_ms: 60_000,
            silence: 32,
            accept: 32,
            bans: 10_000,
            permanent_channels: 1000,
            multiline_bytes: 4096,
            multiline_lines: 100,
            redactable: 100,
            metadata_keys: 20,
            metadata_value: 256,
            metadata_subscriptions: 50,
            whowas: 1000,
        }
    }
}

impl Default for MachineLimits {
    fn default() -> Self {
        Self {
            client_tags: 4096,
            sendq: 1 << 20,
            connections: 10_000,
            connections_per_shard: 1000,
            connections_per_address: 20,
            connections_per_range: 200,
            ipv4_range: 24,
            ipv6_range: 48,
            connect_burst: 20,
            connect_rate: 30,
            range_connect_burst: 100,
            range_connect_rate: 200,
            wrong_passwords: 10,
            wrong_password_every_ms: 60_000,
            flood_burst: 60,
            flood_rate: 4,
            registration_ms: 60_000,
            ping_interval_ms: 120_000,
            ping_timeout_ms: 60_000,
        }
    }
}
