//! The same cases on every network that can cut links: what crosses, what does not, and when.
#![allow(clippy::unwrap_used, reason = "all of this is test code, outside of what clippy takes for it")]

mod cuts;
mod deaths;
mod fixture;
mod packets;
mod streams;
#[path = "switch.rs"]
mod switch_only;

macro_rules! on {
    ($network:ident, $fixture:ty: $($module:ident { $($case:ident)* })*) => {
        mod $network {
            use crate::fixture::Fixture as _;

            $($(
                #[test]
                fn $case() {
                    if !<$fixture>::elsewhere(concat!(stringify!($network), "::", stringify!($case))) {
                        crate::$module::$case::<$fixture>();
                    }
                }
            )*)*

            #[test]
            fn it_can_cut() {
                if !<$fixture>::elsewhere(concat!(stringify!($network), "::it_can_cut")) {
                    assert!(<$fixture>::new(2).network().capabilities().cut);
                }
            }
        }
    };
}

/// Every case, on one network.
macro_rules! every_case {
    ($network:ident, $fixture:ty) => {
        on! { $network, $fixture:
            cuts {
                a_cut_of_any_shape_stops_its_links_and_no_others
                a_cut_lets_no_fin_across
                a_cut_lets_no_reset_across
                a_cut_lets_no_handshake_across_whichever_direction_it_takes
                an_attempt_given_up_during_a_cut_is_never_made
                a_one_way_cut_holds_one_way_and_lets_the_other_flow
                a_half_closed_connection_goes_on_in_the_other_direction
                the_times_of_a_change_enclose_it
                closing_ends_every_interval
            }
            deaths {
                a_dead_destination_refuses
                a_node_that_was_never_started_refuses
                a_death_on_an_open_link_is_seen_at_once
                a_death_behind_a_cut_is_seen_at_the_heal_as_a_reset
                a_death_of_the_dialer_behind_a_cut_is_seen_at_the_heal
                an_attempt_held_for_a_dead_incarnation_is_reset_and_never_handed_on
                an_attempt_to_a_node_that_stays_dead_is_reset_at_the_heal_and_later_ones_are_refused
                an_attempt_of_a_dialer_that_died_behind_the_cut_is_never_made
                the_port_of_a_dead_node_is_kept
                two_networks_at_once_do_not_meet
            }
            streams {
                a_bulk_transfer_survives_cuts_and_delays_byte_for_byte
                a_delay_is_never_short_and_at_best_precise
                jitter_varies_the_delay_within_its_band
                jitter_keeps_the_order_of_a_stream
                a_delay_is_not_a_rate_limit
                a_rate_is_kept
                a_cut_also_holds_what_waits_in_a_delay
                a_lifted_delay_is_over_at_once
            }
        }
    };
}

every_case!(proxy, crate::fixture::OnProxy);
every_case!(switch, crate::switch_only::OnSwitch);
