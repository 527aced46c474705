// Package decode reads the file formats that several connectors meet: bytes in,
// small structs out. It opens no file, follows no include and asks no network.
//
// Certificates, private keys, key stores and SSH files are read by decode/cert,
// Terraform states by decode/tfstate, everything else here: one file per format
// family.
//
// Three promises hold for every parser:
//
//   - Secret values are [drover.Secret], so that they cannot be printed; each
//     carries the line and key path where it was. No error has a value in it.
//   - What could be read is returned, even beside an error: one bad line does
//     not hide the good ones. Errors wrap [drover.ErrInvalid] and name the line;
//     [Complete] tells whether anything was lost.
//   - Input is hostile. More than [MaxSize] bytes, [MaxDepth] levels or
//     [MaxNodes] values are refused before they are unfolded; aliases are
//     counted as what they unfold to; XML entities and document types are
//     refused. No input makes a parser panic or take more than linear time.
package decode
