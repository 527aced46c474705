package aws

import (
	"context"
	"net/url"
	"strconv"
	"time"
)

// EC2 is asked by hand: its client in the SDK would take longer to compile than
// the rest of the program. The shapes are those of the EC2 API reference, version
// 2016-11-15, with what is read of them.

const ec2Version = "2016-11-15"

type ec2Tag struct {
	Key   string `xml:"key"`
	Value string `xml:"value"`
}

func ec2Tags(list []ec2Tag) map[string]string {
	return tagList(list, func(t ec2Tag) (key, value *string) { return &t.Key, &t.Value })
}

type ec2Profile struct {
	ARN string `xml:"arn"`
	ID  string `xml:"id"`
}

type ec2Instance struct {
	ID           string     `xml:"instanceId"`
	ImageID      string     `xml:"imageId"`
	Type         string     `xml:"instanceType"`
	State        string     `xml:"instanceState>name"`
	KeyName      string     `xml:"keyName"`
	Launched     string     `xml:"launchTime"`
	Zone         string     `xml:"placement>availabilityZone"`
	VPC          string     `xml:"vpcId"`
	Subnet       string     `xml:"subnetId"`
	PrivateIP    string     `xml:"privateIpAddress"`
	PrivateDNS   string     `xml:"privateDnsName"`
	PublicIP     string     `xml:"ipAddress"`
	Platform     string     `xml:"platformDetails"`
	Lifecycle    string     `xml:"instanceLifecycle"`
	Profile      ec2Profile `xml:"iamInstanceProfile"`
	HTTPTokens   string     `xml:"metadataOptions>httpTokens"`
	HTTPEndpoint string     `xml:"metadataOptions>httpEndpoint"`
	HTTPHops     string     `xml:"metadataOptions>httpPutResponseHopLimit"`
	MetadataTags string     `xml:"metadataOptions>instanceMetadataTags"`
	Tags         []ec2Tag   `xml:"tagSet>item"`
}

type ec2Reservation struct {
	Owner     string        `xml:"ownerId"`
	Instances []ec2Instance `xml:"instancesSet>item"`
}

// ec2Instances lists the instances of a region.
func (a *account) ec2Instances(ctx context.Context, region string) ([]ec2Reservation, error) {
	var list []ec2Reservation
	err := paged(ctx, func(ctx context.Context, token *string) (*string, []string, error) {
		var page struct {
			Reservations []ec2Reservation `xml:"reservationSet>item"`
			Next         string           `xml:"nextToken"`
		}
		if err := a.ec2(ctx, region, "DescribeInstances", a.ec2Page(token, 1000), &page); err != nil {
			return nil, nil, listed(region, err)
		}
		list = append(list, page.Reservations...)
		var ids []string
		for _, r := range page.Reservations {
			ids = append(ids, idsOf(r.Instances, func(i ec2Instance) *string { return &i.ID })...)
		}
		return &page.Next, ids, nil
	})
	return list, err
}

type ec2Association struct {
	ID         string     `xml:"associationId"`
	InstanceID string     `xml:"instanceId"`
	Profile    ec2Profile `xml:"iamInstanceProfile"`
	State      string     `xml:"state"`
}

// ec2Associations lists which instance profiles instances have.
func (a *account) ec2Associations(ctx context.Context, region string) ([]ec2Association, error) {
	var list []ec2Association
	err := paged(ctx, func(ctx context.Context, token *string) (*string, []string, error) {
		var page struct {
			Associations []ec2Association `xml:"iamInstanceProfileAssociationSet>item"`
			Next         string           `xml:"nextToken"`
		}
		if err := a.ec2(ctx, region, "DescribeIamInstanceProfileAssociations", a.ec2Page(token, 1000), &page); err != nil {
			return nil, nil, err
		}
		list = append(list, page.Associations...)
		return &page.Next, idsOf(page.Associations, func(e ec2Association) *string { return &e.ID }), nil
	})
	return list, err
}

type ec2Template struct {
	ID        string   `xml:"launchTemplateId"`
	Name      string   `xml:"launchTemplateName"`
	Created   string   `xml:"createTime"`
	CreatedBy string   `xml:"createdBy"`
	Default   int64    `xml:"defaultVersionNumber"`
	Latest    int64    `xml:"latestVersionNumber"`
	Tags      []ec2Tag `xml:"tagSet>item"`
}

// ec2Templates lists the launch templates of a region.
func (a *account) ec2Templates(ctx context.Context, region string) ([]ec2Template, error) {
	var list []ec2Template
	err := paged(ctx, func(ctx context.Context, token *string) (*string, []string, error) {
		var page struct {
			Templates []ec2Template `xml:"launchTemplates>item"`
			Next      string        `xml:"nextToken"`
		}
		if err := a.ec2(ctx, region, "DescribeLaunchTemplates", a.ec2Page(token, 200), &page); err != nil {
			return nil, nil, listed(region, err)
		}
		list = append(list, page.Templates...)
		return &page.Next, idsOf(page.Templates, func(e ec2Template) *string { return &e.ID }), nil
	})
	return list, err
}

type ec2TemplateVersion struct {
	ID      string `xml:"launchTemplateId"`
	Version int64  `xml:"versionNumber"`
	Default bool   `xml:"defaultVersion"`
	Data    struct {
		Profile struct {
			ARN  string `xml:"arn"`
			Name string `xml:"name"`
		} `xml:"iamInstanceProfile"`
		ImageID    string `xml:"imageId"`
		KeyName    string `xml:"keyName"`
		HTTPTokens string `xml:"metadataOptions>httpTokens"`
		UserData   string `xml:"userData"` // base64
	} `xml:"launchTemplateData"`
}

// ec2TemplateVersions reads the default and the latest version of every launch
// template, in one listing.
func (a *account) ec2TemplateVersions(ctx context.Context, region string) ([]ec2TemplateVersion, error) {
	var list []ec2TemplateVersion
	err := paged(ctx, func(ctx context.Context, token *string) (*string, []string, error) {
		var page struct {
			Versions []ec2TemplateVersion `xml:"launchTemplateVersionSet>item"`
			Next     string               `xml:"nextToken"`
		}
		params := a.ec2Page(token, 200)
		params.Set("LaunchTemplateVersion.1", "$Default")
		params.Set("LaunchTemplateVersion.2", "$Latest")
		if err := a.ec2(ctx, region, "DescribeLaunchTemplateVersions", params, &page); err != nil {
			return nil, nil, err
		}
		list = append(list, page.Versions...)
		return &page.Next, nil, nil
	})
	return list, err
}

// ec2UserData reads what an instance is told at its start, in base64; "" nothing.
func (a *account) ec2UserData(ctx context.Context, region, instance string) (string, error) {
	var answer struct {
		Value string `xml:"userData>value"`
	}
	err := a.ec2(ctx, region, "DescribeInstanceAttribute", url.Values{"InstanceId": {instance}, "Attribute": {"userData"}}, &answer)
	return answer.Value, err
}

func (a *account) ec2(ctx context.Context, region, action string, params url.Values, v any) error {
	return a.query(ctx, "ec2", region, action, ec2Version, params, v)
}

// ec2Page asks for a page; EC2 takes no fewer than five things on one.
func (a *account) ec2Page(token *string, most int32) url.Values {
	v := url.Values{"MaxResults": {strconv.Itoa(int(max(*a.upTo(most), 5)))}}
	if token != nil {
		v.Set("NextToken", *token)
	}
	return v
}

// ec2Time reads a time of EC2; zero where there is none.
func ec2Time(s string) time.Time {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return time.Time{}
	}
	return t.UTC()
}
