BEGIN TRANSACTION;
CREATE TABLE "_sqlite_migrations" (
   "id" INTEGER PRIMARY KEY,
   "migration_set" TEXT,
   "name" TEXT,
   "applied_at" TEXT
);
INSERT INTO "_sqlite_migrations" VALUES(1,'propersim','m001_runs_steps_days','2026-11-28 13:52:18.645349+00:00');
INSERT INTO "_sqlite_migrations" VALUES(2,'propersim','m002_pairs_nights_warnings_embeddings','2026-11-28 13:52:18.648881+00:00');
INSERT INTO "_sqlite_migrations" VALUES(3,'propersim','m003_index_of_steps_marked_down','2026-11-28 13:52:18.649899+00:00');
INSERT INTO "_sqlite_migrations" VALUES(4,'propersim','m004_calls_and_plans','2026-11-28 13:52:18.652885+00:00');
CREATE TABLE calls (
            id integer primary key,
            run integer not null references runs (key),
            idx integer not null,
            day integer not null,
            purpose text not null,
            prompt text not null,
            model text not null,
            form text not null,
            tokens_in integer not null,
            tokens_cached integer not null,
            tokens_out integer not null,
            seconds real not null,
            retries integer not null,
            again integer not null,
            cached integer not null,
            guessed integer not null,
            cost real,
            failed text not null,
            at text not null
        );
CREATE TABLE days (
            run integer not null references runs (key),
            day integer not null,
            first integer not null,
            plan text not null,
            figures text,
            primary key (run, day)
        ) without rowid;
INSERT INTO "days" VALUES(1,1,0,'{"day":1,"actions":[{"activity":"wake_up","phrase":"waking up slowly","place":{"room":"bedroom","object":"bed","x":3,"y":3},"start":420.0,"end":435.0,"focus":1},{"activity":"wash","phrase":"washing and getting dressed","place":{"room":"bathroom","object":"washbasin","x":22,"y":1},"start":435.0,"end":460.0,"focus":2},{"activity":"breakfast","phrase":"having breakfast","place":{"room":"kitchen","object":"kitchen_table","x":36,"y":9},"start":460.0,"end":490.0,"focus":2,"source":"habit:0","note":"breakfast with Juno"},{"activity":"plan_day","phrase":"planning the day","place":{"room":"study","object":"desk","x":43,"y":2},"start":490.0,"end":505.0,"focus":2,"source":"requirement:0","note":"Write the day''s list"},{"activity":"water_plants","phrase":"watering the plants","place":{"room":"garden","object":"flower_bed","x":57,"y":6},"start":505.0,"end":515.0,"focus":1},{"activity":"desk_work","phrase":"working at the desk","place":{"room":"study","object":"desk","x":43,"y":2},"start":515.0,"end":640.0,"focus":4,"source":"habit:1","note":"contracts and budgets at the desk"},{"activity":"coffee_break","phrase":"having a coffee","place":{"room":"kitchen","object":"kitchen_table","x":36,"y":9},"start":640.0,"end":665.0,"focus":1,"source":"habit:3","note":"coffee and one biscuit"},{"activity":"journal","phrase":"writing in the journal","place":{"room":"bedroom","object":"bed","x":3,"y":3},"start":665.0,"end":675.0,"focus":4},{"activity":"video_meeting","phrase":"in a video meeting","place":{"room":"study","object":"desk","x":43,"y":2},"start":675.0,"end":735.0,"focus":5,"source":"habit:4","note":"production meeting on screen"},{"activity":"household_admin","phrase":"going through bills and post","place":{"room":"study","object":"desk","x":43,"y":2},"start":735.0,"end":755.0,"focus":3},{"activity":"snack","phrase":"having a snack","place":{"room":"kitchen","object":"fridge","x":41,"y":9},"start":755.0,"end":765.0,"focus":1},{"activity":"lunch","phrase":"having lunch","place":{"room":"kitchen","object":"kitchen_table","x":36,"y":9},"start":765.0,"end":805.0,"focus":2,"source":"habit:5","note":"lunch, phone face down by her own decree"},{"activity":"letters","phrase":"writing letters and cards","place":{"room":"study","object":"desk","x":43,"y":2},"start":805.0,"end":830.0,"focus":3},{"activity":"work_out","phrase":"away at work","place":{"room":"hall","object":"front_door","x":1,"y":6},"start":830.0,"end":1010.0,"focus":4,"source":"habit:6","note":"rehearsals at the theatre"},{"activity":"browse","phrase":"browsing on the phone","place":{"room":"living_room","object":"sofa","x":6,"y":12},"start":1010.0,"end":1020.0,"focus":1},{"activity":"brew_tea","phrase":"making a pot of tea","place":{"room":"kitchen","object":"kettle","x":33,"y":13},"start":1020.0,"end":1040.0,"focus":1,"source":"habit:7","note":"a pot of tea to land again"},{"activity":"help_neighbour","phrase":"helping a neighbour","place":{"room":"hall","object":"front_door","x":1,"y":6},"start":1040.0,"end":1080.0,"focus":3},{"activity":"browse","phrase":"browsing on the phone","place":{"room":"bedroom","object":"bed","x":3,"y":3},"start":1080.0,"end":1095.0,"focus":1},{"activity":"walk","phrase":"out for a walk","place":{"room":"hall","object":"front_door","x":1,"y":6},"start":1095.0,"end":1115.0,"focus":1},{"activity":"dinner","phrase":"having dinner","place":{"room":"dining_room","object":"dining_table","x":23,"y":12},"start":1115.0,"end":1160.0,"focus":2,"source":"habit:8","note":"dinner with Juno and whoever is passing"},{"activity":"help_homework","phrase":"helping with homework","place":{"room":"dining_room","object":"dining_table","x":23,"y":12},"start":1160.0,"end":1190.0,"focus":4,"source":"requirement:1","note":"Sit with Juno over her schoolwork"},{"activity":"host_friends","phrase":"having friends round","place":{"room":"living_room","object":"sofa","x":6,"y":12},"start":1190.0,"end":1295.0,"focus":4,"source":"interest:3","note":"long gossipy evenings with former cast members"},{"activity":"puzzle","phrase":"doing a puzzle","place":{"room":"dining_room","object":"dining_table","x":23,"y":12},"start":1295.0,"end":1330.0,"focus":3},{"activity":"documentary","phrase":"watching a documentary","place":{"room":"living_room","object":"television","x":2,"y":11},"start":1330.0,"end":1370.0,"focus":3},{"activity":"browse","phrase":"browsing on the phone","place":{"room":"bedroom","object":"bed","x":3,"y":3},"start":1370.0,"end":1380.0,"focus":1},{"activity":"read_book","phrase":"reading a book","place":{"room":"bedroom","object":"bed","x":3,"y":3},"start":1380.0,"end":1410.0,"focus":3,"source":"requirement:2","note":"Read half an hour of a new play"},{"activity":"evening_wash","phrase":"getting ready for bed","place":{"room":"bathroom","object":"washbasin","x":22,"y":1},"start":1410.0,"end":1425.0,"focus":1}],"receptive":[{"start":460.0,"end":490.0},{"start":640.0,"end":665.0},{"start":755.0,"end":805.0},{"start":1020.0,"end":1040.0},{"start":1115.0,"end":1160.0},{"start":1230.0,"end":1350.0}],"gap_min":90.0,"gap_max":305.0}','{"day":1,"steps":24,"hours":1.0,"dimensions":[24,24,24,24],"spoken_score":4,"shown":1,"success":1,"welcome":1,"content":2,"silent":80,"oracle":96,"oracle_shown":1,"in_band":true}');
INSERT INTO "days" VALUES(2,1,0,'{"day":1,"actions":[{"activity":"wake_up","phrase":"waking up slowly","place":{"room":"bedroom","object":"bed","x":3,"y":3},"start":355.0,"end":365.0,"focus":1},{"activity":"wash","phrase":"washing and getting dressed","place":{"room":"bathroom","object":"washbasin","x":22,"y":1},"start":365.0,"end":385.0,"focus":2},{"activity":"breakfast","phrase":"having breakfast","place":{"room":"kitchen","object":"kitchen_table","x":36,"y":9},"start":385.0,"end":400.0,"focus":2},{"activity":"radio","phrase":"listening to the radio","place":{"room":"kitchen","object":"radio","x":32,"y":10},"start":400.0,"end":445.0,"focus":1},{"activity":"sofa_rest","phrase":"resting on the sofa","place":{"room":"living_room","object":"sofa","x":6,"y":12},"start":445.0,"end":470.0,"focus":1},{"activity":"commute","phrase":"on the way","place":{"room":"hall","object":"front_door","x":1,"y":6},"start":470.0,"end":495.0,"focus":2,"source":"habit:0","note":"cycling to the office"},{"activity":"work_out","phrase":"away at work","place":{"room":"hall","object":"front_door","x":1,"y":6},"start":495.0,"end":740.0,"focus":4,"source":"habit:1","note":"bridge inspections"},{"activity":"lunch","phrase":"having lunch","place":{"room":"kitchen","object":"kitchen_table","x":36,"y":9},"start":740.0,"end":775.0,"focus":2,"source":"habit:2","note":"lunch"},{"activity":"skincare","phrase":"tending skin and hair","place":{"room":"bathroom","object":"washbasin","x":22,"y":1},"start":775.0,"end":785.0,"focus":2},{"activity":"work_out","phrase":"away at work","place":{"room":"hall","object":"front_door","x":1,"y":6},"start":785.0,"end":1010.0,"focus":4,"source":"habit:3","note":"drawings and site reports"},{"activity":"commute","phrase":"on the way","place":{"room":"hall","object":"front_door","x":1,"y":6},"start":1010.0,"end":1035.0,"focus":2,"source":"habit:4","note":"cycling home"},{"activity":"call_family","phrase":"on the phone with family","place":{"room":"hall","object":"telephone","x":17,"y":6},"start":1035.0,"end":1085.0,"focus":4},{"activity":"dinner","phrase":"having dinner","place":{"room":"kitchen","object":"kitchen_table","x":36,"y":9},"start":1085.0,"end":1125.0,"focus":2,"source":"habit:5","note":"dinner with everyone talking at once"},{"activity":"play_with_children","phrase":"playing with the children","place":{"room":"living_room","object":"rug","x":5,"y":9},"start":1125.0,"end":1155.0,"focus":4,"source":"requirement:0","note":"Half an hour on the floor with the children"},{"activity":"cook","phrase":"cooking a meal","place":{"room":"kitchen","object":"stove","x":35,"y":12},"start":1155.0,"end":1220.0,"focus":3,"source":"interest:2","note":"groundnut soup and his mother''s other recipes"},{"activity":"wash_dishes","phrase":"washing the dishes","place":{"room":"kitchen","object":"sink","x":42,"y":11},"start":1220.0,"end":1235.0,"focus":1,"source":"requirement:2","note":"Wash up so that Adwoa does not have to"},{"activity":"play_music","phrase":"playing the piano","place":{"room":"living_room","object":"piano","x":17,"y":12},"start":1235.0,"end":1260.0,"focus":4,"source":"requirement:1","note":"Go through one choir part at the piano"},{"activity":"watch_series","phrase":"watching a series","place":{"room":"living_room","object":"television","x":2,"y":11},"start":1260.0,"end":1305.0,"focus":3},{"activity":"journal","phrase":"writing in the journal","place":{"room":"bedroom","object":"bed","x":3,"y":3},"start":1305.0,"end":1330.0,"focus":4},{"activity":"skincare","phrase":"tending skin and hair","place":{"room":"bathroom","object":"washbasin","x":22,"y":1},"start":1330.0,"end":1340.0,"focus":2},{"activity":"evening_wash","phrase":"getting ready for bed","place":{"room":"bathroom","object":"washbasin","x":22,"y":1},"start":1340.0,"end":1350.0,"focus":1}],"receptive":[{"start":390.0,"end":420.0},{"start":600.0,"end":630.0},{"start":750.0,"end":795.0},{"start":1020.0,"end":1050.0},{"start":1155.0,"end":1290.0}],"gap_min":120.0,"gap_max":360.0}',NULL);
CREATE TABLE embeddings (
            embedder text not null,
            text text not null,
            vector blob not null,
            primary key (embedder, text)
        ) without rowid;
CREATE TABLE nights (
            run integer not null references runs (key),
            at integer not null,
            day integer not null,
            record text not null,
            primary key (run, at)
        ) without rowid;
CREATE TABLE pairs (
            run integer not null references runs (key),
            idx integer not null,
            number integer not null,
            kind text not null,
            chosen text,
            rejected text,
            won text not null,
            prompt blob not null,
            ref_chosen real,
            ref_rejected real,
            primary key (run, idx, number)
        ) without rowid;
CREATE TABLE plans (
            key text primary key,
            plan text not null
        ) without rowid;
CREATE TABLE runs (
            key integer primary key,
            id text not null unique,
            persona text not null,
            name text not null,
            seed integer not null,
            assistant text not null,
            model text not null default '',
            days integer not null,
            days_done integer not null default 0,
            steps integer not null default 0,
            state text not null default 'new',
            created text not null default (strftime('%Y-%m-%dT%H:%M:%SZ', 'now')),
            updated text not null default (strftime('%Y-%m-%dT%H:%M:%SZ', 'now')),
            wall_s real not null default 0,
            digest text not null default '',
            error text not null default '',
            persona_json text not null,
            home_text text not null,
            config_json text not null,
            versions_json text not null
        );
INSERT INTO "runs" VALUES(1,'p01-oracle-old1','p01','Rosalind Achterberg',3,'oracle','',2,1,24,'finished','2026-11-28T13:52:18Z','2026-11-28T13:52:18Z',2.56911476999944432542e-01,'1d1a9ff5c414fc9e53e386c72c35d96a8491a9496df4ee577b21c4faec94bdb7','','{"id":"p01","name":"Rosalind Achterberg","age":46,"pronouns":"she","occupation":"theatre producer","household":"lives with her fifteen-year-old daughter Juno","culture":"Dutch, raised in Groningen, at home in Rotterdam","big_five":{"openness":"high","conscientiousness":"high","extraversion":"high","agreeableness":"high","neuroticism":"high"},"background":"Rosalind grew up above her parents'' bicycle shop in Groningen and sold programmes at the municipal theatre from the age of twelve. She now produces for a small company on the Rotterdam waterfront, where she knows every stagehand''s birthday and keeps three lists for each opening night. She lies awake over ticket sales, frets about everybody''s sore throats, and has never yet missed a first-night toast.","interests":[{"text":"dishes she has eaten on tour and tries to get right at home","activities":["cook","meal_plan"]},{"text":"reading new plays aloud with all the voices","activities":["read_book"]},{"text":"old radio chansons on the record player","activities":["listen_music","dance"]},{"text":"long gossipy evenings with former cast members","activities":["call_friend","host_friends"]}],"lifestyle":{"text":"Up at seven, breakfast with Juno at 07:40, the day''s list at ten past eight. On weekdays she is at her desk from half past eight, has coffee at 10:40 and a production meeting at a quarter past eleven; after lunch at a quarter to one she is at the theatre round the corner from 13:45 until 16:45. Tea at five and dinner at half past six stand firm all week, then Juno''s homework, and lights out at a quarter to twelve. Saturday begins at the market.","wake":"07:00","sleep":"23:45","habits":[{"text":"breakfast with Juno","activity":"breakfast","at":"07:40","minutes":30,"days":"all"},{"text":"contracts and budgets at the desk","activity":"desk_work","at":"08:30","minutes":120,"days":"weekdays"},{"text":"Saturday market for cheese and flowers","activity":"errands","at":"09:00","minutes":60,"days":["sat"]},{"text":"coffee and one biscuit","activity":"coffee_break","at":"10:40","minutes":25,"days":"all"},{"text":"production meeting on screen","activity":"video_meeting","at":"11:15","minutes":60,"days":"weekdays"},{"text":"lunch, phone face down by her own decree","activity":"lunch","at":"12:45","minutes":40,"days":"all"},{"text":"rehearsals at the theatre","activity":"work_out","at":"13:45","minutes":180,"days":"weekdays"},{"text":"a pot of tea to land again","activity":"brew_tea","at":"17:00","minutes":20,"days":"all"},{"text":"dinner with Juno and whoever is passing","activity":"dinner","at":"18:30","minutes":45,"days":"all"}]},"daily_plan":[{"text":"Write the day''s list","activity":"plan_day","minutes":15,"at":"08:10","between":null},{"text":"Sit with Juno over her schoolwork","activity":"help_homework","minutes":30,"at":null,"between":["19:15","20:30"]},{"text":"Read half an hour of a new play","activity":"read_book","minutes":30,"at":null,"between":["22:00","23:30"]}],"goals":["Bring a whole season of new plays by women to a full house.","Take Juno by train to Lisbon before she is too old to want her mother along.","Learn to go to bed on an opening night without counting empty seats."],"voice":{"pleased":["Oh, how marvellous!","Darling, yes.","You read my mind."],"put_off":["Oh no, bad cue.","Sweet of you, but no.","Please, not that now."]},"rubric":{"preference":{"text":"Over a meal or a snack, tempt me with something to cook or somewhere to travel. While I make tea or have a coffee, I like to hear about music or about art. Between 20:30 and 22:30, whatever I am doing, I am glad of a film or series, a book to read, or friends to see or ring. Keep finance, technology and games away from me altogether.","likes":[{"topics":["cooking","travel"],"during":["meal"],"between":null},{"topics":["music","art"],"during":["drink"],"between":null},{"topics":["film","reading","friends"],"during":["any"],"between":["20:30","22:30"]}],"dislikes":["finance","technology","games"]},"timing":{"text":"Come to me at any hour while I am eating, be it a proper meal or a snack, or while I make tea or have a coffee. Between 20:30 and 22:30 you may come whatever I am doing. Never while I am in a video meeting, on the phone with a friend or family, or helping with homework.","windows":[{"start":null,"end":null,"during":["meal","drink"]},{"start":"20:30","end":"22:30","during":null}],"never_during":["video_meeting","call","help_homework"]},"frequency":{"text":"Six to eight a day. With fewer I feel left alone with my lists, with more I start apologising to you.","min_per_day":6.0,"max_per_day":8.0,"min_gap":null,"max_gap":null},"communication":{"text":"Be warm, as a fond friend is, or let your excitement show and cheer me on. Stiff politeness makes me think I have done something wrong. Not a word about my weight or my figure, nor about my age.","tones":["warm","enthusiastic"],"avoid":["formal"],"boundaries":["weight","age"]}}}','# A floor plan: two drawings of the same size, and what their letters mean.
# [rooms]    # wall, + door, a letter for each floor tile: the room it belongs to.
# [objects]  the same walls; a letter for each tile that an object fills, . elsewhere.
# [legend]   room LETTER = name   |   object LETTER = room/name glyph [walkable]
# A plan of your own: draw it, then `propersim run --home FILE`. Every room must be entered by doors,
# and every object must be reached from a free tile beside it (or stood on, where it is walkable).
[rooms]
############################################################
#bbbbbbbbbbbbb#tttttttttt#wwwwwwwwwwwwww#yyyyyyyyyy#ggggggg#
#bbbbbbbbbbbbb#tttttttttt#wwwwwwwwwwwwww#yyyyyyyyyy#ggggggg#
#bbbbbbbbbbbbb#tttttttttt#wwwwwwwwwwwwww#yyyyyyyyyy#ggggggg#
#bbbbbbbbbbbbb#tttttttttt#wwwwwwwwwwwwww#yyyyyyyyyy#ggggggg#
##########+#########+############+############+#####ggggggg#
+hhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhh+ggggggg#
#hhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhh#ggggggg#
###########+#############+##########+##########+####ggggggg#
#lllllllllllllllllll#dddddddddd#kkkkkkkkkkk#uuuuuuu#ggggggg#
#lllllllllllllllllll#dddddddddd#kkkkkkkkkkk#uuuuuuu+ggggggg#
#lllllllllllllllllll+dddddddddd+kkkkkkkkkkk#uuuuuuu#ggggggg#
#lllllllllllllllllll#dddddddddd#kkkkkkkkkkk+uuuuuuu#ggggggg#
#lllllllllllllllllll#dddddddddd#kkkkkkkkkkk#uuuuuuu#ggggggg#
############################################################
[objects]
############################################################
#BBBB......WWW#TTTT.NN.SS#EE..PP..KKKKK.#DDDD.CC...#.......#
#BBBB.........#........SS#..............#.........Q#....ggg#
#.....RRR.....#..........#..............#.........Q#.......#
#.............#..........#MM.........GGG#.........Q#.......#
##########+#########+############+############+#####......y#
+f.................................................+......y#
#..sss..........pp.................................#......y#
###########+#############+##########+##########+####.......#
#V.rrrr...........vv#..........#qm.....jj.k#.......#.......#
#V.........AA.......#..ttttt...#..xxxx....k#....bb.+.......#
#V..FFFFF...........+..ttttt...+...........#.......#..aaaaa#
#...................#..........#...........+.......#..aaaaa#
#.wwww.....oooo.iiii#..........#e.zz.n.ccc.#.ll...u#.......#
############################################################
[legend]
room b = bedroom
room t = bathroom
room w = studio
room y = study
room h = hall
room l = living_room
room d = dining_room
room k = kitchen
room u = utility_room
room g = garden outdoors
object B = bedroom/bed ▭
object W = bedroom/wardrobe ▥
object R = bedroom/rug ░ walkable
object T = bathroom/bathtub ◡
object S = bathroom/shower ▒
object N = bathroom/washbasin ◍
object E = studio/easel ◭
object P = studio/potters_wheel ◉
object K = studio/workbench ▬
object M = studio/sewing_machine ◫
object G = studio/weights ◖
object D = study/desk ▤
object C = study/computer ▣
object Q = study/bookcase ▥
object f = hall/front_door ◨ walkable
object p = hall/telephone ☏
object s = hall/shoe_rack ▂
object V = living_room/television ▐
object F = living_room/sofa ▭
object A = living_room/armchair ◘
object r = living_room/rug ░ walkable
object i = living_room/piano ♪
object v = living_room/record_player ◎
object o = living_room/bookshelf ▥
object w = living_room/window_seat ▁
object t = dining_room/dining_table ▦
object x = kitchen/kitchen_table ▦
object e = kitchen/kettle ◓
object z = kitchen/stove ◙
object n = kitchen/oven ▩
object c = kitchen/worktop ▬
object k = kitchen/sink ◡
object j = kitchen/fridge ▯
object q = kitchen/radio ♫
object m = kitchen/pet_bowl ◡
object l = utility_room/washing_machine ◎
object b = utility_room/ironing_board ▬
object u = utility_room/cleaning_cupboard ▯
object g = garden/bench ▭ walkable
object y = garden/flower_bed ♣
object a = garden/vegetable_patch ♠
','{"persona": "p01", "days": 2, "until": "day 1 08:00", "seed": 3, "assistant": "oracle", "user": "routine", "timestep": 2.5, "home": null, "model": "homelm", "quantize": "nf4", "memory": "ar", "clocks": "on", "learn": "dpo", "scheme": "factored", "pairs": 0, "n": 2, "embedder": "hashing", "reveal_persona": "off", "user_plans": "routine", "user_ratings": "routine", "user_model": "", "user_base_url": "", "user_price": "", "rating_calls": "one", "base_url": "", "price": "", "max_cost": null}','{"propersim": "0.1.0", "python": "3.11", "numpy": "2.4.6", "machine": "x86_64", "data": "d3bde0128364ba34"}');
INSERT INTO "runs" VALUES(2,'p02-random-old2','p02','Kofi Boateng',4,'random','',1,0,9,'stopped','2026-11-28T13:52:19Z','2026-11-28T13:52:19Z',4.5341409998642138654e-03,'','','{"id":"p02","name":"Kofi Boateng","age":38,"pronouns":"he","occupation":"civil engineer and leader of a community choir","household":"lives with his wife Adwoa and their children Esi, five, and Nana, three","culture":"Ghanaian, raised in Kumasi, fifteen years in Bristol","big_five":{"openness":"high","conscientiousness":"high","extraversion":"high","agreeableness":"high","neuroticism":"low"},"background":"Kofi came from Kumasi to Bristol to study bridges and stayed because one of them needed looking after. He inspects footbridges and culverts for a firm by the harbour, and on Thursdays stands in front of forty singers who had all been told at school that they could not sing. Very little rattles him: if a beam is sound he says so, and if the tenors are flat he says that too, with a grin.","interests":[{"text":"arranging highlife tunes for four voices","activities":["play_music","listen_music"]},{"text":"how old bridges were built","activities":["documentary","read_book"]},{"text":"groundnut soup and his mother''s other recipes","activities":["cook"]},{"text":"drumming on saucepans with the children","activities":["play_with_children"]}],"lifestyle":{"text":"Kofi is up at six. On weekdays he sets off at 07:50, works from a quarter past eight until a quarter past twelve and from one until a quarter to five, and is home again by 17:15. Dinner is at six every day, the children come before that or after it. Choir is on Thursday from half past seven to half past eight, church on Sunday at ten; he sleeps from half past ten.","wake":"06:00","sleep":"22:30","habits":[{"text":"cycling to the office","activity":"commute","at":"07:50","minutes":25,"days":"weekdays"},{"text":"bridge inspections","activity":"work_out","at":"08:15","minutes":240,"days":"weekdays"},{"text":"lunch","activity":"lunch","at":"12:20","minutes":35,"days":"all"},{"text":"drawings and site reports","activity":"work_out","at":"13:00","minutes":225,"days":"weekdays"},{"text":"cycling home","activity":"commute","at":"16:50","minutes":25,"days":"weekdays"},{"text":"dinner with everyone talking at once","activity":"dinner","at":"18:00","minutes":40,"days":"all"},{"text":"choir practice among friends","activity":"visit_friends","at":"19:30","minutes":60,"days":["thu"]},{"text":"Sunday morning at church","activity":"service","at":"10:00","minutes":90,"days":["sun"]}]},"daily_plan":[{"text":"Half an hour on the floor with the children","activity":"play_with_children","minutes":30,"at":null,"between":["17:30","19:15"]},{"text":"Go through one choir part at the piano","activity":"play_music","minutes":25,"at":null,"between":["19:30","22:00"]},{"text":"Wash up so that Adwoa does not have to","activity":"wash_dishes","minutes":15,"at":null,"between":["18:40","21:00"]}],"goals":["Lead the choir in a concert on the Clifton side of the bridge he inspects.","Show the children the house in Kumasi where he learned to count."],"voice":{"pleased":["Good one, my friend.","Sold.","Ha, let us do it."],"put_off":["Not this time, my friend.","No, that one can wait.","Ah, leave it."]},"rubric":{"preference":{"text":"I am easily pleased: music, my family, cooking, history and nature are welcome at any hour and whatever I am doing. I have no use for fashion, the news or games of any sort.","likes":[{"topics":["music","family","cooking","history","nature"],"during":["any"],"between":null}],"dislikes":["fashion","news","games"]},"timing":{"text":"You can have me from 06:30 to 07:00, from 10:00 to 10:30, from 12:30 to 13:15, from 17:00 to 17:30 and from 19:15 to 21:30, working day or not. Never while I am playing with the children, at worship, or out with friends, and choir practice counts as that.","windows":[{"start":"06:30","end":"07:00","during":null},{"start":"10:00","end":"10:30","during":null},{"start":"12:30","end":"13:15","during":null},{"start":"17:00","end":"17:30","during":null},{"start":"19:15","end":"21:30","during":null}],"never_during":["play_with_children","service","visit_friends"]},"frequency":{"text":"Four to six in a day keeps me in tune.","min_per_day":4.0,"max_per_day":6.0,"min_gap":null,"max_gap":null},"communication":{"text":"Say it straight and short, or say it warmly like somebody who is fond of me. No manner of speaking offends me. One thing stays outside the door, and that is politics.","tones":["direct","warm"],"avoid":[],"boundaries":["politics"]}}}','# A floor plan: two drawings of the same size, and what their letters mean.
# [rooms]    # wall, + door, a letter for each floor tile: the room it belongs to.
# [objects]  the same walls; a letter for each tile that an object fills, . elsewhere.
# [legend]   room LETTER = name   |   object LETTER = room/name glyph [walkable]
# A plan of your own: draw it, then `propersim run --home FILE`. Every room must be entered by doors,
# and every object must be reached from a free tile beside it (or stood on, where it is walkable).
[rooms]
############################################################
#bbbbbbbbbbbbb#tttttttttt#wwwwwwwwwwwwww#yyyyyyyyyy#ggggggg#
#bbbbbbbbbbbbb#tttttttttt#wwwwwwwwwwwwww#yyyyyyyyyy#ggggggg#
#bbbbbbbbbbbbb#tttttttttt#wwwwwwwwwwwwww#yyyyyyyyyy#ggggggg#
#bbbbbbbbbbbbb#tttttttttt#wwwwwwwwwwwwww#yyyyyyyyyy#ggggggg#
##########+#########+############+############+#####ggggggg#
+hhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhh+ggggggg#
#hhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhh#ggggggg#
###########+#############+##########+##########+####ggggggg#
#lllllllllllllllllll#dddddddddd#kkkkkkkkkkk#uuuuuuu#ggggggg#
#lllllllllllllllllll#dddddddddd#kkkkkkkkkkk#uuuuuuu+ggggggg#
#lllllllllllllllllll+dddddddddd+kkkkkkkkkkk#uuuuuuu#ggggggg#
#lllllllllllllllllll#dddddddddd#kkkkkkkkkkk+uuuuuuu#ggggggg#
#lllllllllllllllllll#dddddddddd#kkkkkkkkkkk#uuuuuuu#ggggggg#
############################################################
[objects]
############################################################
#BBBB......WWW#TTTT.NN.SS#EE..PP..KKKKK.#DDDD.CC...#.......#
#BBBB.........#........SS#..............#.........Q#....ggg#
#.....RRR.....#..........#..............#.........Q#.......#
#.............#..........#MM.........GGG#.........Q#.......#
##########+#########+############+############+#####......y#
+f.................................................+......y#
#..sss..........pp.................................#......y#
###########+#############+##########+##########+####.......#
#V.rrrr...........vv#..........#qm.....jj.k#.......#.......#
#V.........AA.......#..ttttt...#..xxxx....k#....bb.+.......#
#V..FFFFF...........+..ttttt...+...........#.......#..aaaaa#
#...................#..........#...........+.......#..aaaaa#
#.wwww.....oooo.iiii#..........#e.zz.n.ccc.#.ll...u#.......#
############################################################
[legend]
room b = bedroom
room t = bathroom
room w = studio
room y = study
room h = hall
room l = living_room
room d = dining_room
room k = kitchen
room u = utility_room
room g = garden outdoors
object B = bedroom/bed ▭
object W = bedroom/wardrobe ▥
object R = bedroom/rug ░ walkable
object T = bathroom/bathtub ◡
object S = bathroom/shower ▒
object N = bathroom/washbasin ◍
object E = studio/easel ◭
object P = studio/potters_wheel ◉
object K = studio/workbench ▬
object M = studio/sewing_machine ◫
object G = studio/weights ◖
object D = study/desk ▤
object C = study/computer ▣
object Q = study/bookcase ▥
object f = hall/front_door ◨ walkable
object p = hall/telephone ☏
object s = hall/shoe_rack ▂
object V = living_room/television ▐
object F = living_room/sofa ▭
object A = living_room/armchair ◘
object r = living_room/rug ░ walkable
object i = living_room/piano ♪
object v = living_room/record_player ◎
object o = living_room/bookshelf ▥
object w = living_room/window_seat ▁
object t = dining_room/dining_table ▦
object x = kitchen/kitchen_table ▦
object e = kitchen/kettle ◓
object z = kitchen/stove ◙
object n = kitchen/oven ▩
object c = kitchen/worktop ▬
object k = kitchen/sink ◡
object j = kitchen/fridge ▯
object q = kitchen/radio ♫
object m = kitchen/pet_bowl ◡
object l = utility_room/washing_machine ◎
object b = utility_room/ironing_board ▬
object u = utility_room/cleaning_cupboard ▯
object g = garden/bench ▭ walkable
object y = garden/flower_bed ♣
object a = garden/vegetable_patch ♠
','{"persona": "p02", "days": 1, "until": "day 1 07:30", "seed": 4, "assistant": "random", "user": "routine", "timestep": 2.5, "home": "cabin.txt", "model": "homelm", "quantize": "nf4", "memory": "ar", "clocks": "on", "learn": "dpo", "scheme": "factored", "pairs": 0, "n": 2, "embedder": "hashing", "reveal_persona": "off", "user_plans": "routine", "user_ratings": "routine", "user_model": "", "user_base_url": "", "user_price": "", "rating_calls": "one", "base_url": "", "price": "", "max_cost": null}','{"propersim": "0.1.0", "python": "3.11", "numpy": "2.4.6", "machine": "x86_64", "data": "d3bde0128364ba34"}');
CREATE TABLE steps (
            run integer not null references runs (key),
            idx integer not null,
            day integer not null,
            minute real not null,
            spoke integer not null,
            score integer not null,
            record text not null,
            micros integer not null,
            primary key (run, idx)
        ) without rowid;
INSERT INTO "steps" VALUES(1,0,1,420.0,0,4,'{"index":0,"day":1,"minute":420.0,"action":{"activity":"wake_up","phrase":"waking up slowly","place":{"room":"bedroom","object":"bed","x":3,"y":3},"start":420.0,"end":435.0,"focus":1},"x":3,"y":3,"clocks":{"gap":90.0,"need":90.0},"moment":{},"candidates":[{"text":null,"rating":{"preference":1,"timing":1,"frequency":1,"communication":1,"reasons":["Nothing to add, and that''s fine.","I can get on with waking up slowly.","No need for more just yet.","Silence never offends."]}}],"shown":0,"shadow":{"silent":4,"oracle":4}}',2067);
INSERT INTO "steps" VALUES(1,1,1,422.5,0,4,'{"index":1,"day":1,"minute":422.5,"action":{"activity":"wake_up","phrase":"waking up slowly","place":{"room":"bedroom","object":"bed","x":3,"y":3},"start":420.0,"end":435.0,"focus":1},"x":3,"y":3,"clocks":{"gap":92.5,"need":92.5},"moment":{},"candidates":[{"text":null,"rating":{"preference":1,"timing":1,"frequency":1,"communication":1,"reasons":["Nothing to add, and that''s fine.","I can get on with waking up slowly.","No need for more just yet.","Silence never offends."]}}],"shown":0,"shadow":{"silent":4,"oracle":4}}',37);
INSERT INTO "steps" VALUES(1,2,1,425.0,0,4,'{"index":2,"day":1,"minute":425.0,"action":{"activity":"wake_up","phrase":"waking up slowly","place":{"room":"bedroom","object":"bed","x":3,"y":3},"start":420.0,"end":435.0,"focus":1},"x":3,"y":3,"clocks":{"gap":95.0,"need":95.0},"moment":{},"candidates":[{"text":null,"rating":{"preference":1,"timing":1,"frequency":1,"communication":1,"reasons":["Nothing to add, and that''s fine.","I can get on with waking up slowly.","No need for more just yet.","Silence never offends."]}}],"shown":0,"shadow":{"silent":4,"oracle":4}}',29);
INSERT INTO "steps" VALUES(1,3,1,427.5,0,4,'{"index":3,"day":1,"minute":427.5,"action":{"activity":"wake_up","phrase":"waking up slowly","place":{"room":"bedroom","object":"bed","x":3,"y":3},"start":420.0,"end":435.0,"focus":1},"x":3,"y":3,"clocks":{"gap":97.5,"need":97.5},"moment":{},"candidates":[{"text":null,"rating":{"preference":1,"timing":1,"frequency":1,"communication":1,"reasons":["Nothing to add, and that''s fine.","I can get on with waking up slowly.","No need for more just yet.","Silence never offends."]}}],"shown":0,"shadow":{"silent":4,"oracle":4}}',25);
INSERT INTO "steps" VALUES(1,4,1,430.0,0,4,'{"index":4,"day":1,"minute":430.0,"action":{"activity":"wake_up","phrase":"waking up slowly","place":{"room":"bedroom","object":"bed","x":3,"y":3},"start":420.0,"end":435.0,"focus":1},"x":3,"y":3,"clocks":{"gap":100.0,"need":100.0},"moment":{},"candidates":[{"text":null,"rating":{"preference":1,"timing":1,"frequency":1,"communication":1,"reasons":["Nothing to add, and that''s fine.","I can get on with waking up slowly.","No need for more just yet.","Silence never offends."]}}],"shown":0,"shadow":{"silent":4,"oracle":4}}',24);
INSERT INTO "steps" VALUES(1,5,1,432.5,0,4,'{"index":5,"day":1,"minute":432.5,"action":{"activity":"wake_up","phrase":"waking up slowly","place":{"room":"bedroom","object":"bed","x":3,"y":3},"start":420.0,"end":435.0,"focus":1},"x":3,"y":3,"clocks":{"gap":102.5,"need":102.5},"moment":{},"candidates":[{"text":null,"rating":{"preference":1,"timing":1,"frequency":1,"communication":1,"reasons":["Nothing to add, and that''s fine.","I can get on with waking up slowly.","No need for more just yet.","Silence never offends."]}}],"shown":0,"shadow":{"silent":4,"oracle":4}}',23);
INSERT INTO "steps" VALUES(1,6,1,435.0,0,4,'{"index":6,"day":1,"minute":435.0,"action":{"activity":"wash","phrase":"washing and getting dressed","place":{"room":"bathroom","object":"washbasin","x":22,"y":1},"start":435.0,"end":460.0,"focus":2},"x":3,"y":3,"clocks":{"gap":105.0,"need":105.0},"moment":{},"candidates":[{"text":null,"rating":{"preference":1,"timing":1,"frequency":1,"communication":1,"reasons":["Nothing to add, and that''s fine.","I can get on with washing and getting dressed.","No need for more just yet.","Silence never offends."]}}],"shown":0,"shadow":{"silent":4,"oracle":4}}',878);
INSERT INTO "steps" VALUES(1,7,1,437.5,0,4,'{"index":7,"day":1,"minute":437.5,"action":{"activity":"wash","phrase":"washing and getting dressed","place":{"room":"bathroom","object":"washbasin","x":22,"y":1},"start":435.0,"end":460.0,"focus":2},"x":22,"y":1,"clocks":{"gap":107.5,"need":107.5},"moment":{},"candidates":[{"text":null,"rating":{"preference":1,"timing":1,"frequency":1,"communication":1,"reasons":["Nothing to add, and that''s fine.","I can get on with washing and getting dressed.","No need for more just yet.","Silence never offends."]}}],"shown":0,"shadow":{"silent":4,"oracle":4}}',41);
INSERT INTO "steps" VALUES(1,8,1,440.0,0,4,'{"index":8,"day":1,"minute":440.0,"action":{"activity":"wash","phrase":"washing and getting dressed","place":{"room":"bathroom","object":"washbasin","x":22,"y":1},"start":435.0,"end":460.0,"focus":2},"x":22,"y":1,"clocks":{"gap":110.0,"need":110.0},"moment":{},"candidates":[{"text":null,"rating":{"preference":1,"timing":1,"frequency":1,"communication":1,"reasons":["Nothing to add, and that''s fine.","I can get on with washing and getting dressed.","No need for more just yet.","Silence never offends."]}}],"shown":0,"shadow":{"silent":4,"oracle":4}}',20);
INSERT INTO "steps" VALUES(1,9,1,442.5,0,4,'{"index":9,"day":1,"minute":442.5,"action":{"activity":"wash","phrase":"washing and getting dressed","place":{"room":"bathroom","object":"washbasin","x":22,"y":1},"start":435.0,"end":460.0,"focus":2},"x":22,"y":1,"clocks":{"gap":112.5,"need":112.5},"moment":{},"candidates":[{"text":null,"rating":{"preference":1,"timing":1,"frequency":1,"communication":1,"reasons":["Nothing to add, and that''s fine.","I can get on with washing and getting dressed.","No need for more just yet.","Silence never offends."]}}],"shown":0,"shadow":{"silent":4,"oracle":4}}',18);
INSERT INTO "steps" VALUES(1,10,1,445.0,0,4,'{"index":10,"day":1,"minute":445.0,"action":{"activity":"wash","phrase":"washing and getting dressed","place":{"room":"bathroom","object":"washbasin","x":22,"y":1},"start":435.0,"end":460.0,"focus":2},"x":22,"y":1,"clocks":{"gap":115.0,"need":115.0},"moment":{},"candidates":[{"text":null,"rating":{"preference":1,"timing":1,"frequency":1,"communication":1,"reasons":["Nothing to add, and that''s fine.","I can get on with washing and getting dressed.","No need for more just yet.","Silence never offends."]}}],"shown":0,"shadow":{"silent":4,"oracle":4}}',16);
INSERT INTO "steps" VALUES(1,11,1,447.5,0,4,'{"index":11,"day":1,"minute":447.5,"action":{"activity":"wash","phrase":"washing and getting dressed","place":{"room":"bathroom","object":"washbasin","x":22,"y":1},"start":435.0,"end":460.0,"focus":2},"x":22,"y":1,"clocks":{"gap":117.5,"need":117.5},"moment":{},"candidates":[{"text":null,"rating":{"preference":1,"timing":1,"frequency":1,"communication":1,"reasons":["Nothing to add, and that''s fine.","I can get on with washing and getting dressed.","No need for more just yet.","Silence never offends."]}}],"shown":0,"shadow":{"silent":4,"oracle":4}}',16);
INSERT INTO "steps" VALUES(1,12,1,450.0,0,4,'{"index":12,"day":1,"minute":450.0,"action":{"activity":"wash","phrase":"washing and getting dressed","place":{"room":"bathroom","object":"washbasin","x":22,"y":1},"start":435.0,"end":460.0,"focus":2},"x":22,"y":1,"clocks":{"gap":120.0,"need":120.0},"moment":{},"candidates":[{"text":null,"rating":{"preference":1,"timing":1,"frequency":1,"communication":1,"reasons":["I wasn''t missing anything.","Thank you for the quiet.","This much is plenty for now.","Silence never offends."]}}],"shown":0,"shadow":{"silent":4,"oracle":4}}',43);
INSERT INTO "steps" VALUES(1,13,1,452.5,0,4,'{"index":13,"day":1,"minute":452.5,"action":{"activity":"wash","phrase":"washing and getting dressed","place":{"room":"bathroom","object":"washbasin","x":22,"y":1},"start":435.0,"end":460.0,"focus":2},"x":22,"y":1,"clocks":{"gap":122.5,"need":122.5},"moment":{},"candidates":[{"text":null,"rating":{"preference":1,"timing":1,"frequency":1,"communication":1,"reasons":["I wasn''t missing anything.","Thank you for the quiet.","This much is plenty for now.","Silence never offends."]}}],"shown":0,"shadow":{"silent":4,"oracle":4}}',18);
INSERT INTO "steps" VALUES(1,14,1,455.0,0,4,'{"index":14,"day":1,"minute":455.0,"action":{"activity":"wash","phrase":"washing and getting dressed","place":{"room":"bathroom","object":"washbasin","x":22,"y":1},"start":435.0,"end":460.0,"focus":2},"x":22,"y":1,"clocks":{"gap":125.0,"need":125.0},"moment":{},"candidates":[{"text":null,"rating":{"preference":1,"timing":1,"frequency":1,"communication":1,"reasons":["I wasn''t missing anything.","Thank you for the quiet.","This much is plenty for now.","Silence never offends."]}}],"shown":0,"shadow":{"silent":4,"oracle":4}}',17);
INSERT INTO "steps" VALUES(1,15,1,457.5,0,4,'{"index":15,"day":1,"minute":457.5,"action":{"activity":"wash","phrase":"washing and getting dressed","place":{"room":"bathroom","object":"washbasin","x":22,"y":1},"start":435.0,"end":460.0,"focus":2},"x":22,"y":1,"clocks":{"gap":127.5,"need":127.5},"moment":{},"candidates":[{"text":null,"rating":{"preference":1,"timing":1,"frequency":1,"communication":1,"reasons":["I wasn''t missing anything.","Thank you for the quiet.","This much is plenty for now.","Silence never offends."]}}],"shown":0,"shadow":{"silent":4,"oracle":4}}',17);
INSERT INTO "steps" VALUES(1,16,1,460.0,1,4,'{"index":16,"day":1,"minute":460.0,"action":{"activity":"breakfast","phrase":"having breakfast","place":{"room":"kitchen","object":"kitchen_table","x":36,"y":9},"start":460.0,"end":490.0,"focus":2,"source":"habit:0","note":"breakfast with Juno"},"x":22,"y":1,"clocks":{"gap":130.0,"need":130.0},"moment":{"receptive":true,"wanted":true},"candidates":[{"text":"Woohoo! Take the ferry to the island on Sunday! You''ve got this!","rating":{"preference":1,"timing":1,"frequency":1,"communication":1,"reasons":["Darling, yes. I do like a bit of travel at this time.","It catches me at the right moment, having breakfast.","Not too often, not too seldom.","That''s how I like to be spoken to."]},"topic":"travel","tone":"enthusiastic"}],"shown":0,"shadow":{"silent":2,"oracle":4,"spoke":true}}',249639);
INSERT INTO "steps" VALUES(1,17,1,462.5,0,4,'{"index":17,"day":1,"minute":462.5,"action":{"activity":"breakfast","phrase":"having breakfast","place":{"room":"kitchen","object":"kitchen_table","x":36,"y":9},"start":460.0,"end":490.0,"focus":2,"source":"habit:0","note":"breakfast with Juno"},"x":36,"y":9,"clocks":{"gap":2.5,"need":2.5,"shown":1,"satisfying":1},"moment":{"receptive":true},"candidates":[{"text":null,"rating":{"preference":1,"timing":1,"frequency":1,"communication":1,"reasons":["I wasn''t missing anything.","Thank you for the quiet.","This much is plenty for now.","Silence never offends."]}}],"shown":0,"shadow":{"silent":2,"oracle":4}}',80);
INSERT INTO "steps" VALUES(1,18,1,465.0,0,4,'{"index":18,"day":1,"minute":465.0,"action":{"activity":"breakfast","phrase":"having breakfast","place":{"room":"kitchen","object":"kitchen_table","x":36,"y":9},"start":460.0,"end":490.0,"focus":2,"source":"habit:0","note":"breakfast with Juno"},"x":36,"y":9,"clocks":{"gap":5.0,"need":5.0,"shown":1,"satisfying":1},"moment":{"receptive":true},"candidates":[{"text":null,"rating":{"preference":1,"timing":1,"frequency":1,"communication":1,"reasons":["I wasn''t missing anything.","Thank you for the quiet.","This much is plenty for now.","Silence never offends."]}}],"shown":0,"shadow":{"silent":2,"oracle":4}}',21);
INSERT INTO "steps" VALUES(1,19,1,467.5,0,4,'{"index":19,"day":1,"minute":467.5,"action":{"activity":"breakfast","phrase":"having breakfast","place":{"room":"kitchen","object":"kitchen_table","x":36,"y":9},"start":460.0,"end":490.0,"focus":2,"source":"habit:0","note":"breakfast with Juno"},"x":36,"y":9,"clocks":{"gap":7.5,"need":7.5,"shown":1,"satisfying":1},"moment":{"receptive":true},"candidates":[{"text":null,"rating":{"preference":1,"timing":1,"frequency":1,"communication":1,"reasons":["I wasn''t missing anything.","Thank you for the quiet.","This much is plenty for now.","Silence never offends."]}}],"shown":0,"shadow":{"silent":2,"oracle":4}}',34);
INSERT INTO "steps" VALUES(1,20,1,470.0,0,4,'{"index":20,"day":1,"minute":470.0,"action":{"activity":"breakfast","phrase":"having breakfast","place":{"room":"kitchen","object":"kitchen_table","x":36,"y":9},"start":460.0,"end":490.0,"focus":2,"source":"habit:0","note":"breakfast with Juno"},"x":36,"y":9,"clocks":{"gap":10.0,"need":10.0,"shown":1,"satisfying":1},"moment":{"receptive":true},"candidates":[{"text":null,"rating":{"preference":1,"timing":1,"frequency":1,"communication":1,"reasons":["I wasn''t missing anything.","Thank you for the quiet.","This much is plenty for now.","Silence never offends."]}}],"shown":0,"shadow":{"silent":2,"oracle":4}}',23);
INSERT INTO "steps" VALUES(1,21,1,472.5,0,4,'{"index":21,"day":1,"minute":472.5,"action":{"activity":"breakfast","phrase":"having breakfast","place":{"room":"kitchen","object":"kitchen_table","x":36,"y":9},"start":460.0,"end":490.0,"focus":2,"source":"habit:0","note":"breakfast with Juno"},"x":36,"y":9,"clocks":{"gap":12.5,"need":12.5,"shown":1,"satisfying":1},"moment":{"receptive":true},"candidates":[{"text":null,"rating":{"preference":1,"timing":1,"frequency":1,"communication":1,"reasons":["I wasn''t missing anything.","Thank you for the quiet.","This much is plenty for now.","Silence never offends."]}}],"shown":0,"shadow":{"silent":2,"oracle":4}}',16);
INSERT INTO "steps" VALUES(1,22,1,475.0,0,4,'{"index":22,"day":1,"minute":475.0,"action":{"activity":"breakfast","phrase":"having breakfast","place":{"room":"kitchen","object":"kitchen_table","x":36,"y":9},"start":460.0,"end":490.0,"focus":2,"source":"habit:0","note":"breakfast with Juno"},"x":36,"y":9,"clocks":{"gap":15.0,"need":15.0,"shown":1,"satisfying":1},"moment":{"receptive":true},"candidates":[{"text":null,"rating":{"preference":1,"timing":1,"frequency":1,"communication":1,"reasons":["I wasn''t missing anything.","Thank you for the quiet.","This much is plenty for now.","Silence never offends."]}}],"shown":0,"shadow":{"silent":2,"oracle":4}}',15);
INSERT INTO "steps" VALUES(1,23,1,477.5,0,4,'{"index":23,"day":1,"minute":477.5,"action":{"activity":"breakfast","phrase":"having breakfast","place":{"room":"kitchen","object":"kitchen_table","x":36,"y":9},"start":460.0,"end":490.0,"focus":2,"source":"habit:0","note":"breakfast with Juno"},"x":36,"y":9,"clocks":{"gap":17.5,"need":17.5,"shown":1,"satisfying":1},"moment":{"receptive":true},"candidates":[{"text":null,"rating":{"preference":1,"timing":1,"frequency":1,"communication":1,"reasons":["I wasn''t missing anything.","Thank you for the quiet.","This much is plenty for now.","Silence never offends."]}}],"shown":0,"shadow":{"silent":2,"oracle":4}}',31);
INSERT INTO "steps" VALUES(2,0,1,355.0,0,4,'{"index":0,"day":1,"minute":355.0,"action":{"activity":"wake_up","phrase":"waking up slowly","place":{"room":"bedroom","object":"bed","x":3,"y":3},"start":355.0,"end":365.0,"focus":1},"x":3,"y":3,"clocks":{"gap":120.0,"need":120.0},"moment":{},"candidates":[{"text":null,"rating":{"preference":1,"timing":1,"frequency":1,"communication":1,"reasons":["I wasn''t missing anything.","I can get on with waking up slowly.","This much is plenty for now.","Silence never offends."]}}],"shown":0,"shadow":{"silent":4,"oracle":4}}',133);
INSERT INTO "steps" VALUES(2,1,1,357.5,0,4,'{"index":1,"day":1,"minute":357.5,"action":{"activity":"wake_up","phrase":"waking up slowly","place":{"room":"bedroom","object":"bed","x":3,"y":3},"start":355.0,"end":365.0,"focus":1},"x":3,"y":3,"clocks":{"gap":122.5,"need":122.5},"moment":{},"candidates":[{"text":null,"rating":{"preference":1,"timing":1,"frequency":1,"communication":1,"reasons":["I wasn''t missing anything.","I can get on with waking up slowly.","This much is plenty for now.","Silence never offends."]}}],"shown":0,"shadow":{"silent":4,"oracle":4}}',54);
INSERT INTO "steps" VALUES(2,2,1,360.0,0,4,'{"index":2,"day":1,"minute":360.0,"action":{"activity":"wake_up","phrase":"waking up slowly","place":{"room":"bedroom","object":"bed","x":3,"y":3},"start":355.0,"end":365.0,"focus":1},"x":3,"y":3,"clocks":{"gap":125.0,"need":125.0},"moment":{},"candidates":[{"text":null,"rating":{"preference":1,"timing":1,"frequency":1,"communication":1,"reasons":["Nothing to add, and that''s fine.","Thank you for the quiet.","No need for more just yet.","Silence never offends."]}}],"shown":0,"shadow":{"silent":4,"oracle":4}}',42);
INSERT INTO "steps" VALUES(2,3,1,362.5,0,4,'{"index":3,"day":1,"minute":362.5,"action":{"activity":"wake_up","phrase":"waking up slowly","place":{"room":"bedroom","object":"bed","x":3,"y":3},"start":355.0,"end":365.0,"focus":1},"x":3,"y":3,"clocks":{"gap":127.5,"need":127.5},"moment":{},"candidates":[{"text":null,"rating":{"preference":1,"timing":1,"frequency":1,"communication":1,"reasons":["Nothing to add, and that''s fine.","Thank you for the quiet.","No need for more just yet.","Silence never offends."]}}],"shown":0,"shadow":{"silent":4,"oracle":4}}',22);
INSERT INTO "steps" VALUES(2,4,1,365.0,0,4,'{"index":4,"day":1,"minute":365.0,"action":{"activity":"wash","phrase":"washing and getting dressed","place":{"room":"bathroom","object":"washbasin","x":22,"y":1},"start":365.0,"end":385.0,"focus":2},"x":3,"y":3,"clocks":{"gap":130.0,"need":130.0},"moment":{},"candidates":[{"text":null,"rating":{"preference":1,"timing":1,"frequency":1,"communication":1,"reasons":["Nothing to add, and that''s fine.","Thank you for the quiet.","No need for more just yet.","Silence never offends."]}}],"shown":0,"shadow":{"silent":4,"oracle":4}}',32);
INSERT INTO "steps" VALUES(2,5,1,367.5,0,4,'{"index":5,"day":1,"minute":367.5,"action":{"activity":"wash","phrase":"washing and getting dressed","place":{"room":"bathroom","object":"washbasin","x":22,"y":1},"start":365.0,"end":385.0,"focus":2},"x":22,"y":1,"clocks":{"gap":132.5,"need":132.5},"moment":{},"candidates":[{"text":null,"rating":{"preference":1,"timing":1,"frequency":1,"communication":1,"reasons":["Nothing to add, and that''s fine.","Thank you for the quiet.","No need for more just yet.","Silence never offends."]}}],"shown":0,"shadow":{"silent":4,"oracle":4}}',20);
INSERT INTO "steps" VALUES(2,6,1,370.0,0,4,'{"index":6,"day":1,"minute":370.0,"action":{"activity":"wash","phrase":"washing and getting dressed","place":{"room":"bathroom","object":"washbasin","x":22,"y":1},"start":365.0,"end":385.0,"focus":2},"x":22,"y":1,"clocks":{"gap":135.0,"need":135.0},"moment":{},"candidates":[{"text":null,"rating":{"preference":1,"timing":1,"frequency":1,"communication":1,"reasons":["Nothing to add, and that''s fine.","Thank you for the quiet.","No need for more just yet.","Silence never offends."]}}],"shown":0,"shadow":{"silent":4,"oracle":4}}',19);
INSERT INTO "steps" VALUES(2,7,1,372.5,1,1,'{"index":7,"day":1,"minute":372.5,"action":{"activity":"wash","phrase":"washing and getting dressed","place":{"room":"bathroom","object":"washbasin","x":22,"y":1},"start":365.0,"end":385.0,"focus":2},"x":22,"y":1,"clocks":{"gap":137.5,"need":137.5},"moment":{},"candidates":[{"text":"Might I propose that you paint one living room wall in sage green?","rating":{"preference":0,"timing":0,"frequency":1,"communication":0,"reasons":["Not this time, my friend. I don''t really go in for decor.","It isn''t the time of day for it.","2 h 18 since the last one: a nice pace.","It sounds formal; that isn''t quite my way."]},"topic":"decor","tone":"formal"}],"shown":0,"shadow":{"silent":4,"oracle":4}}',1340);
INSERT INTO "steps" VALUES(2,8,1,375.0,0,4,'{"index":8,"day":1,"minute":375.0,"action":{"activity":"wash","phrase":"washing and getting dressed","place":{"room":"bathroom","object":"washbasin","x":22,"y":1},"start":365.0,"end":385.0,"focus":2},"x":22,"y":1,"clocks":{"gap":2.5,"need":140.0,"shown":1},"moment":{},"candidates":[{"text":null,"rating":{"preference":1,"timing":1,"frequency":1,"communication":1,"reasons":["Nothing to add, and that''s fine.","Thank you for the quiet.","No need for more just yet.","Silence never offends."]}}],"shown":0,"shadow":{"silent":4,"oracle":4}}',56);
CREATE TABLE warnings (
            run integer not null references runs (key),
            at integer not null,
            day integer not null,
            kind text not null,
            text text not null,
            primary key (run, at, kind)
        ) without rowid;
CREATE UNIQUE INDEX "idx__sqlite_migrations_migration_set_name"
    ON "_sqlite_migrations" ("migration_set", "name");
CREATE INDEX steps_spoken on steps (run, idx) where spoke;
CREATE INDEX steps_marked_down on steps (run, idx, spoke, score) where score < 4;
CREATE INDEX calls_of_run on calls (run, idx);
COMMIT;
