// Package policy reads what our users write: the sections of drover.yaml that
// state a house's own rules. Thresholds, the naming pattern and vocabularies,
// overrides of classification, tier 0 and regulated things, owners, exceptions
// with an end, windows, criticality, business units, rotation intervals, the
// weights of risk, what regulations change, checks and assertions of the house's
// own, and the tags that people set one by one.
//
// [Parse] is strict: an unknown key, a wrong value or an exception without an
// end is an error with line and column and, where a word is nearly right, the
// word that was probably meant. What a rule matches is kept as text with its
// place: the filter grammar is compiled by whoever applies the policy.
//
// *access* is what vendors' policies grant; *policy* is only what our users wrote.
package policy
