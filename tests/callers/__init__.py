"""Callers that keep no rule: the front door by octets, from processes that do as they like."""
