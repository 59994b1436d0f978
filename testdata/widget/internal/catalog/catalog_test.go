package catalog_test

import (
	"testing"

	"example.com/acme/widget/internal/catalog"
	"example.com/assert"
)

func TestParts(t *testing.T) {
	parts, err := catalog.Parts()
	assert.NoError(t, err)
	assert.Equal(t, "number of parts", len(parts), 5)
	assert.Equal(t, "part with a comma", parts[3], "bolt, short")
}
