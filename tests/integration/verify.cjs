// Verifies a bundle with @sigstore/verify: BUNDLE TRUSTED_ROOT IDENTITY ISSUER [FILE]; says why it does not.
const fs = require("node:fs");
const { bundleFromJSON } = require("@sigstore/bundle");
const { TrustedRoot } = require("@sigstore/protobuf-specs");
const { Verifier, toSignedEntity, toTrustMaterial } = require("@sigstore/verify");

const [bundle, root, identity, issuer, file] = process.argv.slice(2);
const json = (name) => JSON.parse(fs.readFileSync(name, "utf8"));

try {
  const trust = toTrustMaterial(TrustedRoot.fromJSON(json(root)));
  const entity = toSignedEntity(bundleFromJSON(json(bundle)), file && fs.readFileSync(file));
  const signer = new Verifier(trust).verify(entity, {
    subjectAlternativeName: identity,
    extensions: { issuer },
  });
  console.log(signer.identity.subjectAlternativeName);
} catch (error) {
  console.error(error.code, error.message);
  process.exit(1);
}
