module github.com/licensectl/licensectl/.ci/mutate

go 1.26.8
